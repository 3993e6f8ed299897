"""Asynchronous invocations, in virtual time."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.local.aws.lambda_.async_invocations import Invocation, Settings, attempt
from tools.local.delivery.model import Outcome, Pace
from tools.tests.local.delivery.world import DONE, FAILED, World

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
THROTTLED = Outcome({"message": "Rate Exceeded"}, throttled=True)
ALL = Settings(on_success="arn:success", on_failure="arn:failure", dead_letters="arn:dead")


def run(world: World, call: Callable[[Any], Outcome], settings: Settings, function: str = FUNCTION) -> list[float]:
    """Bring one event to its end, through its saved form at each step. Returns the waits."""
    states = [Invocation("request", function, {"a": 1}, world.now).to_state()]

    def step() -> float | None:
        again = attempt(Invocation.from_state(states[-1]), settings, call, world.send, world.clock, Pace())
        if again is None:
            return None
        states.append(again.invocation.to_state())
        return again.due

    return world.run(step)


def scripted(*outcomes: Outcome) -> Callable[[Any], Outcome]:
    left = list(outcomes)
    return lambda _event: left.pop(0)


def test_three_attempts_with_waits_of_one_and_two_minutes() -> None:
    world = World()
    assert run(world, scripted(FAILED, FAILED, FAILED), ALL) == [60, 120]
    failure, dead = world.sent
    assert (failure.destination, dead.destination) == ("arn:failure", "arn:dead")
    body = world.bodies()[0]
    assert body.pop("timestamp") == "1970-01-12T13:49:40.000Z"
    assert body == {
        "version": "1.0",
        "requestContext": {
            "requestId": "request",
            "functionArn": f"{FUNCTION}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"a": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "ValueError", "errorMessage": "no"},
    }
    assert dead.body == '{"a":1}'
    assert dead.attributes == {
        "RequestID": ("String", "request"),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no"),
    }


def test_a_success_is_reported_once() -> None:
    world = World()
    assert run(world, scripted(FAILED, Outcome({"ok": 1}, version="3")), ALL, f"{FUNCTION}:live") == [60]
    (body,) = world.bodies()
    assert body["requestContext"]["condition"] == "Success"
    assert body["requestContext"]["functionArn"] == f"{FUNCTION}:live"
    assert body["requestContext"]["approximateInvokeCount"] == 2
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "3"}
    assert body["responsePayload"] == {"ok": 1}


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_attempts_are_limited_by_the_configuration(retries: int) -> None:
    world = World()
    outcomes = [FAILED] * (retries + 1)
    run(world, scripted(*outcomes), Settings(retries=retries))
    assert not world.sent, "no destination"


def test_throttling_does_not_count_as_an_attempt_and_waits_up_to_five_minutes() -> None:
    world = World()
    waits = run(world, scripted(*[THROTTLED] * 12, FAILED, FAILED, DONE), ALL)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 60, 120]
    assert world.bodies()[0]["requestContext"]["condition"] == "Success"


def test_age_ends_an_event_that_is_only_throttled() -> None:
    world = World()
    run(world, lambda _event: THROTTLED, Settings(age=3600, on_failure="arn:failure", dead_letters="arn:dead"))
    body = world.bodies()[0]
    assert body["requestContext"]["condition"] == "EventAgeExceeded"
    assert body["requestContext"]["approximateInvokeCount"] == 0
    assert body["responseContext"] is None
    assert world.sent[1].attributes is not None
    assert world.sent[1].attributes["ErrorCode"] == ("Number", "429")


def test_age_ends_an_event_between_attempts() -> None:
    world = World()
    run(world, scripted(FAILED, FAILED), Settings(age=100, on_failure="arn:failure"))
    (body,) = world.bodies()
    assert body["requestContext"]["condition"] == "EventAgeExceeded"
    assert body["requestContext"]["approximateInvokeCount"] == 2


def test_a_long_error_is_cut_in_the_dead_letter() -> None:
    world = World()
    failed = Outcome({"errorMessage": "x" * 5000}, failed=True)
    run(world, scripted(failed), Settings(retries=0, dead_letters="arn:dead"))
    assert world.sent[0].attributes is not None
    assert len(world.sent[0].attributes["ErrorMessage"][1]) == 1024


@given(st.lists(st.sampled_from([DONE, FAILED, THROTTLED]), max_size=40), st.integers(0, 2), st.integers(60, 21600))
def test_every_event_has_exactly_one_end(outcomes: list[Outcome], retries: int, age: int) -> None:
    world, left, ran = World(), list(outcomes), list[Outcome]()

    def call(_event: Any) -> Outcome:
        outcome = left.pop(0) if left else THROTTLED
        if not outcome.throttled:
            ran.append(outcome)
        return outcome

    begin = world.now
    run(world, call, Settings(retries, age, "arn:success", "arn:failure"))
    (body,) = world.bodies()
    end = body["requestContext"]["condition"]
    assert len(ran) <= retries + 1
    if end == "Success":
        assert ran[-1] is DONE
    elif end == "RetriesExhausted":
        assert ran == [FAILED] * (retries + 1)
    else:
        assert world.now - begin > age
