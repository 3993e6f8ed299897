"""How many environments of one function run at once on this machine.

AWS starts another environment whenever all are busy. Here a burst of hundreds of events would start hundreds of
processes on two cores, and each would time out. So an invocation waits for a busy environment, and starts another one
only when none became free for a while. A function that calls itself therefore continues, slowly.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
LONGEST_WAIT_SECONDS = 2.0


class Slots:
    def __init__(self, at_once: int = AT_ONCE, longest_wait: float = LONGEST_WAIT_SECONDS) -> None:
        self._at_once, self._longest_wait = at_once, longest_wait
        self._changed = threading.Condition()
        self._running: dict[str, int] = {}
        self._freed: dict[str, int] = {}

    @contextmanager
    def taken(self, function: str) -> Iterator[None]:
        """Take a place among the function's invocations, and release it at the end of the block."""
        with self._changed:
            while self._running.get(function, 0) >= self._at_once and self._freed_meanwhile(function):
                pass
            self._running[function] = self._running.get(function, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._running[function] -= 1
                self._freed[function] = self._freed.get(function, 0) + 1
                self._changed.notify_all()

    def _freed_meanwhile(self, function: str) -> bool:
        """Wait until an invocation of the function ends; False when none ended in time."""
        before = self._freed.get(function, 0)
        return self._changed.wait_for(lambda: self._freed.get(function, 0) > before, self._longest_wait)
