"""Signed requests: an unknown outcome is retried and then raised; a 403 raises Refused."""

from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.http import ATTEMPTS, JsonClient, Refused, Request, SignedClient, Unreachable, encoded_query

URL = "https://api.example.com/prod/backend/validate"


class Service:
    """Returns the responses in turn; an exception is raised."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def call(service: Service, waits: list[float] | None = None, body: Any = None) -> Any:
    sleep = waits.append if waits is not None else lambda seconds: None
    client = SignedClient(lambda: Credentials("AKID", "secret", "session"), "eu-west-1", service, sleep)
    return client.call("POST", URL, body)


def test_the_request_is_signed_for_another_service() -> None:
    service = Service((200, b"{}"))
    SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", service, service="appsync").call("POST", URL, {})
    assert "/eu-west-1/appsync/aws4_request" in service.requests[0].headers["Authorization"]


def test_a_query_is_encoded_as_in_the_signature_that_aws_calculates() -> None:
    query = encoded_query({"ids": "a b+c&d=e,f/g*é~-._", "a b": ""})
    assert query == "ids=a%20b%2Bc%26d%3De%2Cf%2Fg%2A%C3%A9~-._&a%20b="


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_the_trace_of_the_invocation_is_handed_on_and_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """X-Ray and proxies may change the header on the way, so a signature over it would be refused."""
    service = Service((200, b"{}"), (200, b"{}"))
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    call(service, body={})
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE.replace("Parent=5", "Parent=6"))
    call(service, body={})
    first, second = service.requests
    assert first.headers["X-Amzn-Trace-Id"] == TRACE
    assert second.headers["X-Amzn-Trace-Id"] != TRACE, "the trace is that of each invocation"
    assert "x-amzn-trace-id" not in first.headers["Authorization"]


def test_without_a_trace_there_is_no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    service = Service((200, b"{}"))
    call(service)
    assert "X-Amzn-Trace-Id" not in service.requests[0].headers


def test_another_company_gets_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    service = Service((200, b"{}"))
    JsonClient("https://provider.example", service).call("POST", "/check", {}, {}, 1.0)
    assert "X-Amzn-Trace-Id" not in service.requests[0].headers


def test_the_request_is_signed_for_api_gateway() -> None:
    service = Service((200, b"{}"))
    call(service, body={"a": 1})
    (request,) = service.requests
    assert "/eu-west-1/execute-api/aws4_request" in request.headers["Authorization"]
    assert request.headers["X-Amz-Security-Token"] == "session"
    assert request.body == b'{"a":1}'


@pytest.mark.parametrize(
    ("status", "text", "body"), [(200, b'{"ok":true}', {"ok": True}), (404, b"{}", {}), (409, b"", None)]
)
def test_a_response_is_returned(status: int, text: bytes, body: Any) -> None:
    answer = call(Service((status, text)))
    assert (answer.status, answer.body) == (status, body)


def test_an_unknown_outcome_is_retried_after_growing_waits() -> None:
    waits: list[float] = []
    service = Service(TimeoutError(), (503, b""), (200, b"{}"))
    assert call(service, waits).status == 200
    assert waits == [0.1, 0.2]


@pytest.mark.parametrize("answer", [(429, b""), (500, b"{}"), (502, b""), TimeoutError(), ConnectionResetError()])
def test_an_outcome_that_stays_unknown_is_raised(answer: Any) -> None:
    service = Service(*[answer] * ATTEMPTS)
    with pytest.raises(Unreachable, match="/prod/backend/validate"):
        call(service)
    assert len(service.requests) == ATTEMPTS


def test_a_403_is_raised_without_a_retry() -> None:
    service = Service((403, b'{"message":"no"}'))
    with pytest.raises(Refused):
        call(service)
    assert len(service.requests) == 1


def test_a_response_that_is_not_json_is_unknown() -> None:
    with pytest.raises(Unreachable, match="not JSON"):
        call(Service((200, b"<html>")))


class Clock:
    """Time that passes only during requests and sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_call_ends_in_time() -> None:
    clock = Clock()
    allowed: list[float] = []

    def no_answer(request: Request) -> tuple[int, bytes]:
        allowed.append(request.seconds)
        clock.sleep(request.seconds)
        raise TimeoutError

    client = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", no_answer, clock.sleep, clock.read)
    with pytest.raises(Unreachable):
        client.call("POST", URL, within=5.0)
    assert clock.now == pytest.approx(105.0)
    assert allowed == pytest.approx([4.0, 0.9])


@pytest.mark.parametrize("answer", [TimeoutError(), (200, b"<html>"), (200, b""), (503, b"[]")], ids=str)
def test_a_plain_request_without_a_json_object_is_sent_once_and_its_error_has_no_path(answer: Any) -> None:
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]  # a parameter of the test

    with pytest.raises(Unreachable) as raised:
        JsonClient("https://provider", transport).call("GET", "/payments/token", None, {}, 2.0)
    assert "token" not in str(raised.value)
    assert [(request.url, request.seconds) for request in sent] == [("https://provider/payments/token", 2.0)]
