"""Until when the present request is worth working on.

Two points in time limit a request. Lambda ends the function at its time limit, without an answer. The caller stops
waiting at the time in its header `x-deadline`: UTC, in milliseconds since 1970. Work that might not end before the
first, or would start after the second, is not started: DeadlinePassed, which is TRY_AGAIN or 503.

An execution environment works on one request at a time. Outside a request, and in other threads, there is no limit.

The clock of an environment may be wrong by seconds, and then it must not refuse every request. So the caller's time is
compared with API Gateway's, which is in the event: a warm environment starts a request when API Gateway gets it. The
first request of an environment may have waited for its cold start, so that is compared with the environment's clock.
A caller whose clock is wrong learns it from the header `Date` of API Gateway's answers, and names times of that clock.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from ecom.errors import InvalidInput, TryAgain

HEADER = "x-deadline"
ANSWER_SECONDS = 0.25  # to return an answer before Lambda ends the function
RIGHT_WITHIN_SECONDS = 1.0  # a `Date` has whole seconds: a smaller difference says nothing about a clock


class DeadlinePassed(TryAgain):
    """The caller no longer waits. The refused step was not started."""


class Context(Protocol):
    """Lambda's context."""

    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Deadline:
    """Both on the clock `time.monotonic`."""

    function_ends: float
    caller_waits_until: float


class _Environment:
    """What this execution environment has done, and by how many seconds its clock is behind API Gateway's."""

    is_warm = False
    seconds_behind = 0.0


_present: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def request(
    context: Context | None, headers: Mapping[str, Any] | None = None, received_at: float | None = None
) -> Iterator[None]:
    """The limits of one request; without Lambda's context, the limit of its caller alone. `received_at` is when API
    Gateway got it, in seconds since 1970.

    Raises DeadlinePassed when its caller has stopped waiting, InvalidInput for a header that is no point in time.
    """
    now = time.monotonic()
    ends = now + context.get_remaining_time_in_millis() / 1000 if context else float("inf")
    present = received_at if received_at is not None and _Environment.is_warm else time.time()
    _Environment.is_warm = True
    awaited = _seconds_awaited(headers or {}, present)
    token = _present.set(_Deadline(ends, now + awaited))
    try:
        require()
        yield
    finally:
        _present.reset(token)


def require(seconds: float = 0.0) -> None:
    """Raises DeadlinePassed when `seconds` of work cannot end before the function does, or the caller has stopped
    waiting."""
    deadline, now = _present.get(), time.monotonic()
    if deadline is None:
        return
    if now >= deadline.caller_waits_until:
        raise DeadlinePassed("the caller does not wait any more")
    if now + seconds + ANSWER_SECONDS > deadline.function_ends:
        raise DeadlinePassed("not enough time is left")


def left() -> float:
    """Seconds until the caller stops waiting or the function must answer; infinite outside a request."""
    deadline = _present.get()
    if deadline is None:
        return float("inf")
    ends = min(deadline.function_ends - ANSWER_SECONDS, deadline.caller_waits_until)
    return max(0.0, ends - time.monotonic())


def header(seconds: float) -> dict[str, str]:
    """The header of a request whose caller waits for so many seconds."""
    return {HEADER: str(round(1000 * (api_gateway_time() + seconds)))}


def api_gateway_time() -> float:
    """The present time, in seconds since 1970, by API Gateway's clock as far as its answers show it."""
    return time.time() + _Environment.seconds_behind


def compare_clocks(date: str | None) -> None:
    """Compare the clock of this environment with the header `Date` of an answer of API Gateway."""
    try:
        present = parsedate_to_datetime(date or "").timestamp() + 0.5
    except ValueError:
        return
    behind = present - time.time()
    _Environment.seconds_behind = behind if abs(behind) > RIGHT_WITHIN_SECONDS else 0.0


def _seconds_awaited(headers: Mapping[str, Any], present: float) -> float:
    sent = next((value for name, value in headers.items() if name.lower() == HEADER), None)
    if sent is None:
        return float("inf")
    if not (isinstance(sent, str) and sent.isascii() and sent.isdigit() and len(sent) < 16):
        raise InvalidInput(f"{HEADER} must be milliseconds since 1970")
    return int(sent) / 1000 - present
