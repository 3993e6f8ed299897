"""The payment provider's ledger, read over HTTPS with the merchant's secret.

Without a valid response ProviderUnavailable is raised, and nothing is concluded.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from ecom.errors import TryAgain
from ecom.http import Answer, JsonClient, Transport, Unreachable
from reconciliation_service import rows
from reconciliation_service.snapshots import LedgerEntry

SECONDS = 5.0
ATTEMPTS = 3
NOT_KNOWN = (400, 404)


class ProviderUnavailable(TryAgain):
    """The provider gave no valid response."""


def fingerprint(token: str) -> str:
    """A name for a payment token in output, where tokens must not appear."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class Provider:
    def __init__(self, url: str, secret: Callable[[], str], transport: Transport | None = None) -> None:
        self._client = JsonClient(url, transport)
        self._secret = secret

    def ledger_entry(self, token: str) -> LedgerEntry | None:
        """The ledger entry of a token, None when the provider does not know the token."""
        answer = self._ask(f"/payments/{quote(token, safe='')}")
        return None if answer.status in NOT_KNOWN else _entry(answer.body)

    def holds(self) -> Iterator[list[tuple[str, LedgerEntry]]]:
        """All open holds by token, oldest first, page by page."""
        after = ""
        while True:
            body = self._ask(f"/payments?after={quote(after, safe='')}").body
            payments = body.get("payments")
            if not isinstance(payments, list):
                raise ProviderUnavailable("the provider's list of holds cannot be read")
            yield [(str(each.get("paymentToken")), _entry(each)) for each in payments]
            if not isinstance(body.get("after"), str):
                return
            after = body["after"]

    def _ask(self, path: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._secret()}"}
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                answer = self._client.call("GET", path, None, headers, SECONDS)
            except Unreachable as error:
                reason = error.message
                continue
            if answer.status == 200 or answer.status in NOT_KNOWN:
                return answer
            reason = f"answered {answer.status}"
        raise ProviderUnavailable(f"the payment provider {reason}")


def _entry(body: Any) -> LedgerEntry:
    try:
        return rows.ledger_entry_from(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderUnavailable("the provider's ledger cannot be read") from None
