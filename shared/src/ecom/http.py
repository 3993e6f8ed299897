"""Requests to other systems, with explicit time-outs. `JsonClient` sends one plain request and never retries.

`SignedClient` signs requests to services and AppSync with IAM and is the only layer that retries them. It tells
services until when it waits (`ecom.deadline`), and hands on the trace (`ecom.tracing`). It returns 2xx and most 4xx
responses. After a time-out, a lost connection, a 429 or a 5xx the outcome is unknown: the client retries and then
raises Unreachable. An unknown outcome is never treated as a refusal.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from ecom import deadline, jsons, tracing
from ecom.backoff import Backoff
from ecom.errors import PlatformError, TryAgain

if TYPE_CHECKING:
    import ssl

    from botocore.credentials import Credentials

CONNECT_SECONDS = 1.0
READ_SECONDS = 4.0
WITHIN_SECONDS = 12.0
ATTEMPTS = 3
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 0.4


class Unreachable(TryAgain):
    """No response, or a response outside the contract: the outcome is unknown."""

    shown = "a service that this request needs did not answer in time: send the same request again"


class Refused(PlatformError):
    """The other service refuses our identity: a deployment or a policy is wrong, and a retry does not help."""

    type = "REFUSED"
    shown = "a service that this request needs refused it: its operator must correct a permission"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float = READ_SECONDS


# Sends one request; tests pass their own. Raises OSError when there is no response.
Transport = Callable[[Request], tuple[int, bytes]]


def encoded_query(parameters: Mapping[str, str]) -> str:
    """The query of a URL that `SignedClient` can send. A space is `%20`: the client signs the query as it is sent, and
    API Gateway answers 403 to a signed `+` (IAM User Guide: *Create a signed AWS API request*, `UriEncode`)."""
    return urlencode(parameters, quote_via=quote)


class SignedClient:
    def __init__(
        self,
        credentials: Callable[[], "Credentials"],
        region: str,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        service: str = "execute-api",
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._transport = transport or pooled_transport(on_date=deadline.compare_clocks)
        self._sleep = sleep
        self._clock = clock
        self._service = service

    def call(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        within: float = WITHIN_SECONDS,
    ) -> Answer:
        """Send the request, and retry while the outcome is unknown and `within` seconds are not over.

        Raises Unreachable or Refused.
        """
        payload = jsons.dumps(body).encode() if body is not None else b""
        within = min(within, deadline.left())
        ends = self._clock() + within
        backoff = Backoff(
            within, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, ATTEMPTS, self._sleep, self._clock, random=lambda: 1.0
        )
        reason = "no time was left"
        for _ in backoff.attempts():
            left = ends - self._clock()
            if left <= 0:
                break
            request = self._sign(method, url, payload, headers or {}, min(left, READ_SECONDS))
            try:
                status, text = self._transport(request)
            except OSError as error:
                reason = type(error).__name__
                continue
            if status == 403:
                raise Refused(f"{method} {urlsplit(url).path}: 403, check the caller's policy")
            if status == 429 or status >= 500:
                reason = str(status)
                continue
            return Answer(status, _parse(text, method, url))
        raise Unreachable(f"{method} {urlsplit(url).path}: no answer in time ({reason})")

    def _sign(self, method: str, url: str, payload: bytes, headers: Mapping[str, str], seconds: float) -> Request:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        waits = deadline.header(seconds) if self._service == "execute-api" else {}
        all_headers = {"Content-Type": "application/json", **waits, **_trace(), **headers}
        request = AWSRequest(method=method, url=url, data=payload, headers=all_headers)
        SigV4Auth(self._credentials(), self._service, self._region).add_auth(request)
        return Request(method, url, dict(request.headers), payload, seconds)


class JsonClient:
    """Unsigned JSON requests to a system outside AWS. It never retries: whether a repeat is safe, the caller knows."""

    def __init__(self, url: str, transport: Transport | None = None) -> None:
        self._url = url
        self._transport = transport or pooled_transport()

    def call(self, method: str, path: str, body: Any, headers: Mapping[str, str], seconds: float) -> Answer:
        """Return any response with a JSON object; otherwise raise Unreachable. The message does not contain the path,
        which may contain a payment token."""
        deadline.require()
        seconds = min(seconds, deadline.left())
        payload = b"" if body is None else jsons.dumps(body).encode()
        all_headers = {"Content-Type": "application/json", **headers}
        try:
            status, text = self._transport(Request(method, f"{self._url}{path}", all_headers, payload, seconds))
        except OSError as error:
            raise Unreachable(f"gave no answer ({type(error).__name__})") from None
        try:
            answer = jsons.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable(f"answered {status} without a JSON object")
        return Answer(status, answer)


def _trace() -> dict[str, str]:
    """X-Ray's header of the work that goes on now. It is not signed, since X-Ray may change it on the way."""
    trace = tracing.header_value(tracing.correlation())
    return {tracing.HEADER: trace} if trace else {}


def _parse(text: bytes, method: str, url: str) -> Any:
    try:
        return jsons.loads(text) if text else None
    except ValueError:
        raise Unreachable(f"{method} {urlsplit(url).path}: the answer is not JSON") from None


@cache
def _tls() -> "ssl.SSLContext":
    """One for all connections: reading the certificates of all authorities takes more processor time than a request."""
    import ssl

    return ssl.create_default_context()


def pooled_transport(connections: int = 10, on_date: Callable[[str | None], None] = lambda _: None) -> Transport:
    """Send with urllib3, which botocore installs: connections stay open; no retries, no redirects. `on_date` gets the
    header `Date` of each answer."""
    import urllib3

    pool = urllib3.PoolManager(maxsize=connections, retries=False, ssl_context=_tls())

    def send(request: Request) -> tuple[int, bytes]:
        try:
            answer = pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=dict(request.headers),
                redirect=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, request.seconds), total=request.seconds),
            )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(type(error).__name__) from error
        on_date(answer.headers.get("Date"))
        return answer.status, answer.data

    return send
