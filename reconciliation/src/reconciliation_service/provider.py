"""The payment provider's ledger, read over HTTPS with the merchant's secret.

Without a valid response ProviderUnavailable is raised, and nothing is concluded.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ecom.errors import TryAgain
from ecom.http import JsonClient, Transport, Unreachable
from ecom.stored_secret import Secret
from reconciliation_service import rows
from reconciliation_service.snapshots import LedgerEntry

SECONDS = 5.0
ATTEMPTS = 3
UNAUTHORIZED = 401
# Of the provider's API: tokens in one request, characters in a token. It knows no longer ones.
BATCH, MAX_TOKEN = 100, 200


class ProviderUnavailable(TryAgain):
    """The provider gave no valid response."""


def fingerprint(token: str) -> str:
    """A name for a payment token in output, where tokens must not appear."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class HoldPage:
    """`end` is where the next page begins, None on the last one."""

    holds: list[tuple[str, LedgerEntry]]
    end: str | None


class Provider:
    def __init__(self, url: str, secret: Secret, transport: Transport | None = None) -> None:
        self._client = JsonClient(url, transport)
        self._secret = secret

    def entries(self, tokens: Iterable[str]) -> dict[str, LedgerEntry]:
        """The ledger entries of the tokens that the provider knows: one request for 100 of them."""
        wanted = sorted(token for token in set(tokens) if len(token) <= MAX_TOKEN and token.isprintable())
        found: dict[str, LedgerEntry] = {}
        for start in range(0, len(wanted), BATCH):
            body = self._ask("POST", "/payments", {"paymentTokens": wanted[start : start + BATCH]})
            found |= dict(_payments(body))
        return found

    def holds(self, after: str = "") -> Iterator[HoldPage]:
        """All open holds by token, oldest first, page by page, from the beginning or behind the end of a page."""
        end: str | None = after
        while end is not None:
            body = self._ask("GET", f"/payments?after={quote(end, safe='')}", None)
            end = body["after"] if isinstance(body.get("after"), str) else None
            yield HoldPage(_payments(body), end)

    def _ask(self, method: str, path: str, body: Any) -> Mapping[str, Any]:
        """Reading is harmless to repeat, also with POST. After a 401 the secret is read again."""
        reason = ""
        for _ in range(ATTEMPTS):
            headers = {"Authorization": f"Bearer {self._secret.read()}"}
            try:
                answer = self._client.call(method, path, body, headers, SECONDS)
            except Unreachable as error:
                reason = error.message
                continue
            if answer.status == 200:
                found: Mapping[str, Any] = answer.body
                return found
            reason = f"answered {answer.status}"
            if answer.status == UNAUTHORIZED:
                self._secret.forget()
        raise ProviderUnavailable(f"the payment provider {reason}")


def _payments(body: Mapping[str, Any]) -> list[tuple[str, LedgerEntry]]:
    try:
        return [(str(each["paymentToken"]), rows.ledger_entry_from(each)) for each in body["payments"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderUnavailable("the provider's ledger cannot be read") from None
