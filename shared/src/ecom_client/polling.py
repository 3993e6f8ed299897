"""Waiting for something to become true, with a limit: what tests do in the place of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class PollTimeout(AssertionError):
    """The limit passed; the message holds the last value seen."""


def poll(look: Callable[[], T], until: Callable[[T], bool] = bool, seconds: float = 20, what: str = "") -> T:
    """Look again and again until what is seen is right; answer it. Waits grow from 20 ms to half a second."""
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
