"""Trying again while others write to the same items: bounded in time, and not all at the same moment."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ecom.errors import TryAgain

FIRST_WAIT_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """`within` is below what callers wait for one answer, so that they hear of it. Time and chance can be passed in."""

    within: float = 3.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def tries(self) -> Iterator[int]:
        """0, 1, 2 ... with growing waits in between; raises TryAgain when the time is over."""
        ends = self.clock() + self.within
        longest = FIRST_WAIT_SECONDS
        number = 0
        while True:
            yield number
            wait = longest * self.chance()
            if self.clock() + wait > ends:
                raise TryAgain("too many others change the same stock or order at this moment")
            self.sleep(wait)
            longest = min(longest * 2, LONGEST_WAIT_SECONDS)
            number += 1
