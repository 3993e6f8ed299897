"""Retries with growing waits, bounded in time and in number."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import SystemRandom


def delay(attempt: int, first: float, longest: float) -> float:
    """The wait before another attempt after `attempt` failed ones: `first`, doubled each time, `longest` at most."""
    doubled: float = first * 2 ** min(max(attempt - 1, 0), 30)
    return min(doubled, longest)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long and how often to retry. Waits are random between zero and the delay, so that writers who collided do
    not collide again. `within` is below the time that callers wait for an answer."""

    within: float = 3.0
    first: float = 0.02
    longest: float = 0.2
    max_attempts: int | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = SystemRandom().random  # not the same in copies of one snapshot (Lambda SnapStart)

    def attempts(self) -> Iterator[int]:
        """Yield 1, 2, 3 ... and wait in between. Ends when the time or the number of attempts is used up; the caller
        then raises its own error."""
        ends = self.clock() + self.within
        attempt = 1
        while True:
            yield attempt
            wait = delay(attempt, self.first, self.longest) * self.random()
            if attempt == self.max_attempts or self.clock() + wait > ends:
                return
            self.sleep(wait)
            attempt += 1
