"""The other system that search calls for each event.

`NoPartner` calls no system. Replace it with a class that keeps the contract of `Partner`; bootstrap.py creates it.
To call a service of this platform, use `ecom.http.SignedClient` with `within=WITHIN_SECONDS`; its `Unreachable` is a
TryAgain.
"""

from typing import Protocol

from ecom.observability import logger
from search_service.domain import Occurrence

# The messages of a batch are handled one after the other within the function's time-out.
WITHIN_SECONDS = 5.0


class Partner(Protocol):
    def call(self, occurrence: Occurrence, key: str) -> None:
        """Return once the partner has the occurrence, within WITHIN_SECONDS. `key` is the idempotency key: two calls
        with the same key have one effect.

        Raises TryAgain when the outcome is unknown or the partner is unavailable: the call is repeated later, for about
        a day. Raises Poison when the partner refuses for good: the event goes to the dead-letter queue with the reason.
        """


class NoPartner:
    """Calls no system and logs each occurrence."""

    def call(self, occurrence: Occurrence, key: str) -> None:
        logger().info("no partner to call", extra={"kind": occurrence.kind, "idempotency_key": key})
