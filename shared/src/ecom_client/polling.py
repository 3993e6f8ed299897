"""Wait for a condition with a time limit, instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class PollTimeout(AssertionError):
    """The time is over. The message has the last value."""


def poll(look: Callable[[], T], until: Callable[[T], bool] = bool, seconds: float = 20, what: str = "") -> T:
    """Call `look` until its value satisfies `until`; return the value. The waits grow from 20 ms to half a second."""
    limit = time.monotonic() + seconds
    wait = 0.02
    while True:
        seen = look()
        if until(seen):
            return seen
        if time.monotonic() + wait > limit:
            raise PollTimeout(f"{what or 'it'} did not happen within {seconds:g} s; last seen: {seen!r}")
        time.sleep(wait)
        wait = min(wait * 1.5, 0.5)
