"""Asynchronous invocation of a function: attempts, waits, event age, destinations, and the dead-letter queue.

Guarantee: an accepted event ends in exactly one way. The function succeeded, or its attempts or its age ran out and it
was sent to the function's on-failure destination and dead-letter queue.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from tools.local.delivery.model import Call, Clock, Message, Outcome, Pace, Send, iso, to_json

SUCCESS, RETRIES_EXHAUSTED, TOO_OLD = "Success", "RetriesExhausted", "EventAgeExceeded"
# Before the second and the third attempt. AWS makes three attempts.
WAITS = (60.0, 120.0)
LONGEST_THROTTLE_WAIT = 300.0
ERROR_MESSAGE_LIMIT = 1024


@dataclass(frozen=True)
class Settings:
    """The configuration of the function's alias or version."""

    retries: int = 2
    age: float = 21600.0
    on_success: str = ""
    on_failure: str = ""
    dead_letters: str = ""


@dataclass(frozen=True)
class Invocation:
    """One accepted event and its progress."""

    id: str
    function: str
    payload: Any
    accepted: float
    attempts: int = 0
    throttles: int = 0
    last: Outcome | None = None

    def to_state(self) -> dict[str, Any]:
        return {**vars(self), "last": asdict(self.last) if self.last else None}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Invocation":
        last = Outcome(**state["last"]) if state["last"] else None
        return cls(**{**state, "last": last})


@dataclass(frozen=True)
class Retry:
    """The invocation's new state, and the time of the next attempt."""

    invocation: Invocation
    due: float


def attempt(
    invocation: Invocation, settings: Settings, call: Call, send: Send, clock: Clock, pace: Pace
) -> Retry | None:
    """Make one attempt. Returns None when the event is finished."""
    expires = invocation.accepted + settings.age
    if clock() > expires:
        _give_up(invocation, settings, TOO_OLD, send, clock)
        return None
    outcome = call(invocation.payload)
    if outcome.throttled:
        waiting = replace(invocation, throttles=invocation.throttles + 1, last=invocation.last or outcome)
        return Retry(waiting, clock() + pace.doubling(waiting.throttles, LONGEST_THROTTLE_WAIT))
    tried = replace(invocation, attempts=invocation.attempts + 1, last=outcome)
    if not outcome.failed:
        if settings.on_success:
            send(_record(tried, SUCCESS, settings.on_success, clock))
        return None
    if tried.attempts > settings.retries:
        _give_up(tried, settings, RETRIES_EXHAUSTED, send, clock)
        return None
    return Retry(tried, clock() + pace.wait(WAITS[min(tried.attempts, len(WAITS)) - 1]))


def _give_up(invocation: Invocation, settings: Settings, why: str, send: Send, clock: Clock) -> None:
    if settings.on_failure:
        send(_record(invocation, why, settings.on_failure, clock))
    if settings.dead_letters:
        send(_dead_letter(invocation, settings.dead_letters, why))


def _record(invocation: Invocation, condition: str, destination: str, clock: Clock) -> Message:
    """The invocation record, as AWS sends it to destinations."""
    last = invocation.last
    ran = last is not None and not last.throttled
    context: dict[str, Any] | None = None
    if last is not None and ran:
        context = {"statusCode": 200, "executedVersion": last.version}
        if last.failed:
            context["functionError"] = "Unhandled"
    function = invocation.function
    if function.count(":") == 6:
        function += ":$LATEST"
    body = {
        "version": "1.0",
        "timestamp": iso(clock()),
        "requestContext": {
            "requestId": invocation.id,
            "functionArn": function,
            "condition": condition,
            "approximateInvokeCount": invocation.attempts,
        },
        "requestPayload": invocation.payload,
        "responseContext": context,
        "responsePayload": last.payload if last is not None and ran else None,
    }
    return Message(destination, to_json(body), source=invocation.function)


def _dead_letter(invocation: Invocation, destination: str, why: str) -> Message:
    """The event itself, with the reason in its attributes."""
    last = invocation.last
    status = "429" if last is not None and last.throttled else "200"
    text = last.error_message if last is not None else why
    attributes = {
        "RequestID": ("String", invocation.id),
        "ErrorCode": ("Number", status),
        "ErrorMessage": ("String", (text or why)[:ERROR_MESSAGE_LIMIT]),
    }
    return Message(destination, to_json(invocation.payload), attributes, invocation.function)
