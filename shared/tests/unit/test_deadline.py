"""Work that nobody waits for is not started, and every answer is before the function's time limit."""

import json
import time
from email.utils import formatdate

import pytest

from ecom import deadline, graphql, rest
from ecom.deadline import DeadlinePassed
from ecom.errors import InvalidInput
from ecom.http import JsonClient, Request, SignedClient
from ecom_testkit.lambda_events import LambdaContext, field_event, rest_event


def milliseconds(seconds: float) -> str:
    return str(round(1000 * (time.time() + seconds)))


def call(header: str | None, name: str = "x-deadline") -> rest.Response:
    """POST to a handler that answers 200."""
    event = rest_event("POST", "/backend/reserve", {})
    if header is not None:
        event["headers"][name] = header
    return rest.handler(lambda *_: rest.respond(200, {}))(event, LambdaContext())


@pytest.mark.parametrize("name", ["x-deadline", "X-Deadline"])
def test_a_request_whose_caller_has_stopped_waiting_is_refused(name: str) -> None:
    assert call(milliseconds(-0.01), name)["statusCode"] == 503
    assert call(milliseconds(5), name)["statusCode"] == 200


@pytest.mark.parametrize("off", [-6, 6])
def test_an_environment_whose_clock_is_wrong_refuses_at_most_its_first_request(
    off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first request API Gateway's clock counts. A caller that has stopped waiting by that is refused."""
    monkeypatch.setattr(deadline._Environment, "is_warm", False)
    right = time.time

    def answers(waits_until: float) -> int:
        event = rest_event("POST", "/backend/reserve", {}, received_at_ms=round(1000 * right()))
        event["headers"]["x-deadline"] = str(round(1000 * (right() + waits_until)))
        monkeypatch.setattr(time, "time", lambda: right() + off)
        answer = rest.handler(lambda *_: rest.respond(200, {}))(event, LambdaContext())
        monkeypatch.setattr(time, "time", right)
        return int(answer["statusCode"])

    assert answers(4) == (503 if off > 0 else 200)
    assert [answers(4), answers(4), answers(-0.1)] == [200, 200, 503]


@pytest.mark.parametrize("off", [-6, 6])
def test_a_caller_whose_clock_is_wrong_names_times_of_api_gateway_s_clock(
    off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the clock behind, each time that it names would have passed when the request is received."""
    monkeypatch.setattr(deadline._Environment, "seconds_behind", 0.0)
    right = time.time

    def awaited(seconds: float) -> float:
        return int(deadline.header(seconds)["x-deadline"]) / 1000 - right()

    monkeypatch.setattr(time, "time", lambda: right() + off)
    deadline.compare_clocks(formatdate(right(), usegmt=True))
    assert 1.4 < awaited(2) < 2.6
    deadline.compare_clocks(None)
    deadline.compare_clocks("yesterday")
    assert 1.4 < awaited(2) < 2.6
    monkeypatch.setattr(time, "time", right)  # it was set again
    deadline.compare_clocks(formatdate(right(), usegmt=True))
    assert 1.9 < awaited(2) < 2.1


def test_a_request_without_the_header_is_answered() -> None:
    assert call(None)["statusCode"] == 200


@pytest.mark.parametrize("header", ["", "soon", "-1", "1.5", "٣", "9" * 400])
def test_a_header_that_is_no_time_is_the_callers_fault(header: str) -> None:
    assert call(header)["statusCode"] == 400


def test_work_that_cannot_end_before_the_function_is_not_started() -> None:
    with deadline.request(LambdaContext(remaining_ms=2_000)):
        deadline.require(1.5)
        with pytest.raises(DeadlinePassed):
            deadline.require(1.9)
        assert 1.5 < deadline.left() <= 1.75


def test_the_callers_deadline_ends_work_too() -> None:
    with deadline.request(LambdaContext(), {"x-deadline": milliseconds(0.5)}):
        deadline.require(5)  # what has started may end later
        assert deadline.left() <= 0.51


def test_a_deadline_ends_with_its_request() -> None:
    with pytest.raises(InvalidInput), deadline.request(LambdaContext(), {"x-deadline": "soon"}):
        pass
    with pytest.raises(DeadlinePassed), deadline.request(LambdaContext(), {"x-deadline": milliseconds(-1)}):
        pass
    deadline.require(1e9)
    assert deadline.left() == float("inf")


def test_a_field_without_time_is_a_typed_error() -> None:
    def slow(_: graphql.Field) -> None:
        deadline.require(3)

    answer = graphql.resolve(field_event("f"), {"f": slow}, LambdaContext(remaining_ms=3_000))
    assert answer["error"]["type"] == "TRY_AGAIN"


def test_a_signed_call_tells_until_when_its_caller_waits(credentials: object) -> None:
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        return 200, json.dumps({}).encode()

    client = SignedClient(lambda: credentials, "eu-west-1", transport)  # type: ignore[arg-type, return-value]
    client.call("POST", "https://example.com/backend/reserve", {}, within=2)
    (request,) = sent
    assert 1 < int(request.headers["x-deadline"]) / 1000 - time.time() <= 2.01
    assert "x-deadline" in request.headers["Authorization"]
    with deadline.request(LambdaContext(remaining_ms=1_250)):
        client.call("POST", "https://example.com/backend/reserve", {}, within=2)
    assert int(sent[1].headers["x-deadline"]) / 1000 - time.time() <= 1.01


def test_a_request_to_a_system_outside_ends_with_its_caller() -> None:
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        return 200, b"{}"

    with deadline.request(LambdaContext(), {"x-deadline": milliseconds(0.5)}):
        JsonClient("https://example.com", transport).call("POST", "/check", {}, {}, seconds=1.5)
    assert sent[0].seconds <= 0.51


@pytest.fixture
def credentials() -> object:
    from botocore.credentials import Credentials

    return Credentials("AKIDEXAMPLE", "secret")
