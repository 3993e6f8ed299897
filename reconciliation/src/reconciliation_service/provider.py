"""The payment provider's ledger, read over HTTPS with the merchant's secret.

Without a valid response ProviderUnavailable is raised, and nothing is concluded.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from ecom import jsons
from ecom.errors import TryAgain
from ecom.http import Request, Transport, pooled_transport
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
        self._url = url
        self._secret = secret
        self._transport = transport or pooled_transport()

    def ledger_entry(self, token: str) -> LedgerEntry | None:
        """The ledger entry of a token, None when the provider does not know the token."""
        status, body = self._ask(f"/payments/{quote(token, safe='')}")
        return None if status in NOT_KNOWN else _entry(body)

    def holds(self) -> Iterator[list[tuple[str, LedgerEntry]]]:
        """All open holds by token, oldest first, page by page."""
        after = ""
        while True:
            _, body = self._ask(f"/payments?after={quote(after, safe='')}")
            payments = body.get("payments")
            if not isinstance(payments, list):
                raise ProviderUnavailable("the provider's list of holds cannot be read")
            yield [(str(each.get("paymentToken")), _entry(each)) for each in payments]
            if not isinstance(body.get("after"), str):
                return
            after = body["after"]

    def _ask(self, path: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._secret()}"}
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                status, text = self._transport(Request("GET", f"{self._url}{path}", headers, b"", SECONDS))
                body = jsons.loads(text)
            except OSError as error:
                reason = f"gave no answer ({type(error).__name__})"
                continue
            except ValueError:
                reason = "answered without JSON"
                continue
            if isinstance(body, dict) and (status == 200 or status in NOT_KNOWN):
                return status, body
            reason = f"answered {status}"
        raise ProviderUnavailable(f"the payment provider {reason}")


def _entry(body: Any) -> LedgerEntry:
    try:
        return rows.ledger_entry_from(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ProviderUnavailable("the provider's ledger cannot be read") from None
