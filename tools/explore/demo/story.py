"""Output on the terminal: requests, the events that follow, and the state, as they happen.

Several threads print (the steps, the bus, the live updates). Each line is printed in one call, with its time.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

WHO = 10


class Story:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._colours = out.isatty()

    def chapter(self, title: str) -> None:
        self._print(f"\n{self._strong(title)}")

    def line(self, who: str, what: str) -> None:
        self._print(f"{time.monotonic() - self._begin:7.2f} s  {who:<{WHO}} {what}")

    def state(self, text: str) -> None:
        """Print state, without a time: it was read, it is not an event."""
        self._print(f"{'':12}{self._faint(text)}")

    @contextmanager
    def step(self, who: str, request: str) -> Iterator["Step"]:
        """A request: printed when it is answered, with its duration."""
        step = Step()
        start = time.monotonic()
        yield step
        took = (time.monotonic() - start) * 1000
        self.line(who, f"{request:<32} {took:5.0f} ms  {step.answer}")

    def _print(self, text: str) -> None:
        with self._lock:
            self._out.write(f"{text}\n")
            self._out.flush()

    def _strong(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colours else text

    def _faint(self, text: str) -> str:
        return f"\033[2m{text}\033[0m" if self._colours else text


class Step:
    answer = ""
