"""Ctrl-C, SIGTERM and a closed terminal end a command only after it has removed what it made."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """A handler that ends the block, but not between the request that makes something and the note to remove it."""

    def __init__(self) -> None:
        self._is_waiting = self._came = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        if not self._is_waiting:
            raise KeyboardInterrupt

    @contextmanager
    def wait(self) -> Iterator[None]:
        """A signal that comes in this block takes effect at its end."""
        self._is_waiting = True
        try:
            yield
        finally:
            self._is_waiting = False
        if self._came:
            raise KeyboardInterrupt


@contextmanager
def interrupts_end_the_block() -> Iterator[Interrupts]:
    """Each of the signals raises KeyboardInterrupt in the block. Python sets handlers in the main thread only; a server
    that calls this from another one has its own."""
    before = {number: signal.getsignal(number) for number in _SIGNALS} if _is_main_thread() else {}
    interrupts = Interrupts()
    for number in before:
        signal.signal(number, interrupts)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """Ignore further signals: what was made must still be removed."""
    for number in _SIGNALS if _is_main_thread() else ():
        signal.signal(number, signal.SIG_IGN)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
