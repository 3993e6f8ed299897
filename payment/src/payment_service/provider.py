"""The payment provider, somebody else's system, over HTTPS.

An answer is a yes, a no, or none. No answer in time, a 429, a 5xx, or anything that is not in its contract is an
unknown outcome: ProviderSilent is raised, and whoever asked asks again with the same idempotency key, or looks into
the provider's books. It is never taken for a no.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from ecom import jsons
from ecom.errors import TryAgain
from ecom.http import Request, Transport, pooled_transport
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from payment_service.domain import Books, Held

CHECK_SECONDS = 2.5  # in all: who places an order waits for it
CHECK_TRY_SECONDS = 1.5
CALL_SECONDS = 5.0
NOT_KNOWN = 404
NOT_WELCOME = 401
BAD_INPUT = 400


class ProviderSilent(TryAgain):
    """The provider did not say what happened."""


class Provider(Protocol):
    """Every call raises ProviderSilent when the outcome is unknown. Repeating one with its key is harmless."""

    def covers(self, token: str, amount: int) -> bool:
        """Whether that much is held, and neither captured nor cancelled."""

    def lower(self, token: str, amount: int, key: str) -> bool: ...
    def capture(self, token: str, key: str) -> bool: ...
    def cancel(self, token: str, key: str) -> bool: ...
    def books(self, token: str) -> Books | None:
        """What the provider's ledger says; None when it never heard of the token."""


class Secret(Protocol):
    """The merchant's secret. After `forget` it is read anew: it may have been changed."""

    def read(self) -> str: ...
    def forget(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]


class HttpProvider:
    def __init__(
        self,
        url: str,
        secret: Secret,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._secret = secret
        self._transport = transport or pooled_transport()
        self._clock = clock

    def covers(self, token: str, amount: int) -> bool:
        """Asked a second time while there is time, since it changes nothing."""
        ends = self._clock() + CHECK_SECONDS
        body = {"paymentToken": token, "amount": amount}
        try:
            return _verdict(self._send("POST", "/check", body, {}, CHECK_TRY_SECONDS))
        except ProviderSilent:
            left = ends - self._clock()
            if left <= 0:
                raise
            return _verdict(self._send("POST", "/check", body, {}, min(left, CHECK_TRY_SECONDS)))

    def lower(self, token: str, amount: int, key: str) -> bool:
        return _verdict(self._as_merchant("POST", "/updateAmount", {"paymentToken": token, "amount": amount}, key))

    def capture(self, token: str, key: str) -> bool:
        return _verdict(self._as_merchant("POST", "/processPayment", {"paymentToken": token}, key))

    def cancel(self, token: str, key: str) -> bool:
        return _verdict(self._as_merchant("POST", "/cancelPayment", {"paymentToken": token}, key))

    def books(self, token: str) -> Books | None:
        answer = self._as_merchant("GET", f"/payments/{quote(token, safe='')}", None, None)
        if answer.status in (NOT_KNOWN, BAD_INPUT):
            return None
        return _books(answer)

    def _as_merchant(self, method: str, path: str, body: Any, key: str | None) -> Answer:
        answer = self._authorised(method, path, body, key)
        if answer.status == NOT_WELCOME:
            self._secret.forget()
            answer = self._authorised(method, path, body, key)
        if answer.status == NOT_WELCOME:
            raise ProviderSilent("the provider does not take our secret")
        return answer

    def _authorised(self, method: str, path: str, body: Any, key: str | None) -> Answer:
        headers = {"Authorization": f"Bearer {self._secret.read()}", **({"Idempotency-Key": key} if key else {})}
        return self._send(method, path, body, headers, CALL_SECONDS)

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str], seconds: float) -> Answer:
        payload = b"" if body is None else jsons.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        try:
            status, text = self._transport(Request(method, f"{self._url}{path}", sent, payload, seconds))
        except OSError as error:
            raise ProviderSilent(f"the provider gave no answer ({type(error).__name__})") from None
        try:
            said = jsons.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, Mapping):
            raise ProviderSilent(f"the provider answered {status} without a JSON object")
        return Answer(status, said)


def _verdict(answer: Answer) -> bool:
    """Its yes or no; what it calls bad input is nothing that it would ever do."""
    ok = answer.body.get("ok")
    if answer.status == 200 and isinstance(ok, bool):
        return ok
    if answer.status == BAD_INPUT:
        return False
    raise ProviderSilent(f"the provider answered {answer.status}, which is neither yes nor no")


def _books(answer: Answer) -> Books:
    body = answer.body
    authorised, captured = body.get("authorised"), body.get("captured")
    if (
        answer.status == 200
        and body.get("status") in set(Held)
        and is_integer(authorised, 0, MAX_INT)
        and is_integer(captured, 0, MAX_INT)
    ):
        return Books(Held(str(body["status"])), int(str(authorised)), int(str(captured)))
    raise ProviderSilent(f"the provider's books cannot be read (answer {answer.status})")
