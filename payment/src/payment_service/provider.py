"""The client of the payment provider, another company's system, over HTTPS.

The provider answers yes or no. No answer in time, a 429, a 5xx, or a response outside its contract is an unknown
outcome and raises ProviderUnavailable. The caller then repeats the call with the same idempotency key, or reads the
provider's ledger. An unknown outcome is never treated as a no.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ecom.http import Answer, JsonClient, Transport, Unreachable
from ecom.limits import MAX_INT
from ecom.stored_secret import Secret
from ecom.validation import is_integer
from payment_service.domain import LedgerEntry, LedgerStatus
from payment_service.errors import ProviderUnavailable

CHECK_SECONDS = 2.5  # for both attempts: a shopper waits for createOrder
CHECK_ATTEMPT_SECONDS = 1.5
CALL_SECONDS = 5.0
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND = 400, 401, 404


class Provider(Protocol):
    """Every call raises ProviderUnavailable when the outcome is unknown. A repeat with the same key has no effect."""

    def covers(self, token: str, amount: int) -> bool:
        """Whether that amount is held, and neither captured nor cancelled."""

    def lower(self, token: str, amount: int, key: str) -> bool: ...
    def capture(self, token: str, key: str) -> bool: ...
    def cancel(self, token: str, key: str) -> bool: ...
    def refund(self, token: str, amount: int, key: str) -> bool: ...
    def ledger_entry(self, token: str) -> LedgerEntry | None:
        """None when the provider does not know the token."""


class HttpProvider:
    def __init__(
        self,
        url: str,
        secret: Secret,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = JsonClient(url, transport)
        self._secret = secret
        self._clock = clock

    def covers(self, token: str, amount: int) -> bool:
        """Two attempts when there is time, since a check changes nothing."""
        ends = self._clock() + CHECK_SECONDS
        body = {"paymentToken": token, "amount": amount}
        try:
            return _ok(self._send("POST", "/check", body, {}, CHECK_ATTEMPT_SECONDS))
        except ProviderUnavailable:
            left = ends - self._clock()
            if left <= 0:
                raise
            return _ok(self._send("POST", "/check", body, {}, min(left, CHECK_ATTEMPT_SECONDS)))

    def lower(self, token: str, amount: int, key: str) -> bool:
        return self._change("/updateAmount", {"paymentToken": token, "amount": amount}, key)

    def capture(self, token: str, key: str) -> bool:
        return self._change("/processPayment", {"paymentToken": token}, key)

    def cancel(self, token: str, key: str) -> bool:
        return self._change("/cancelPayment", {"paymentToken": token}, key)

    def refund(self, token: str, amount: int, key: str) -> bool:
        return self._change("/refund", {"paymentToken": token, "amount": amount}, key)

    def ledger_entry(self, token: str) -> LedgerEntry | None:
        answer = self._as_merchant("GET", f"/payments/{quote(token, safe='')}", None, {})
        return None if answer.status in (NOT_FOUND, BAD_REQUEST) else _ledger_entry(answer)

    def _change(self, path: str, body: Any, key: str) -> bool:
        return _ok(self._as_merchant("POST", path, body, {"Idempotency-Key": key}))

    def _as_merchant(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
        """Send with the merchant's secret. After a 401 the secret is read again, once."""
        for is_repeat in (False, True):
            if is_repeat:
                self._secret.forget()
            authorised = {"Authorization": f"Bearer {self._secret.read()}", **headers}
            answer = self._send(method, path, body, authorised, CALL_SECONDS)
            if answer.status != UNAUTHORIZED:
                return answer
        raise ProviderUnavailable("the provider does not accept our secret")

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str], seconds: float) -> Answer:
        try:
            return self._client.call(method, path, body, headers, seconds)
        except Unreachable as error:
            raise ProviderUnavailable(f"the provider {error.message}") from None


def _ok(answer: Answer) -> bool:
    """The provider's yes or no. A 400 is a no: the provider will never accept that request."""
    ok = answer.body.get("ok")
    if answer.status == 200 and isinstance(ok, bool):
        return ok
    if answer.status == BAD_REQUEST:
        return False
    raise ProviderUnavailable(f"the provider answered {answer.status}, which is neither yes nor no")


def _ledger_entry(answer: Answer) -> LedgerEntry:
    status, authorised, captured = (answer.body.get(name) for name in ("status", "authorised", "captured"))
    if (
        answer.status == 200
        and status in tuple(LedgerStatus)
        and is_integer(authorised, 0, MAX_INT)
        and is_integer(captured, 0, MAX_INT)
    ):
        return LedgerEntry(LedgerStatus(status), int(authorised), int(captured))
    raise ProviderUnavailable(f"the provider's ledger entry is unreadable (status code {answer.status})")
