"""Work in a copy of this process, as it is at this moment.

The copy costs the caller some milliseconds, whatever the work costs: the kernel shares the memory until one of the two
writes to it. The copy has the calling thread alone, so its work must not wait for a lock that another thread may hold:
it reads, encodes and writes a file, and no more. It keeps none of the process's sockets and locks, so that a killed
server leaves its port and its folder free while a copy still works.
"""

import gc
import json
import os
import signal
import threading
import warnings
from collections.abc import Callable
from typing import Any, NoReturn


class CopyFailed(Exception):
    """The copy did not come to an end, or said why it could not."""


class Copy:
    """A running copy; `result` may be called from any thread, once."""

    def __init__(self, work: Callable[[], Any], *, niceness: int = 0) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # Python warns of locks that other threads hold; see above why that is no matter here.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                self._pid = os.fork()
            except OSError:  # too many processes, or too little memory
                os.close(reading)
                os.close(writing)
                raise
        if self._pid == 0:
            _be_the_copy(work, writing, niceness)
        os.close(writing)
        self._reading = reading

    def result(self, limit: float) -> Any:
        """What the work returned, as JSON; a copy that takes longer than `limit` seconds is ended."""
        timer = threading.Timer(limit, self.end)
        timer.daemon = True
        timer.start()
        try:
            with os.fdopen(self._reading, "rb") as pipe:
                said = pipe.read()
            # The pipe ends with the process.
            _, status = os.waitpid(self._pid, 0)
        finally:
            timer.cancel()
        if status != 0 or not said:
            raise CopyFailed(f"the process that writes it ended with status {os.waitstatus_to_exitcode(status)}")
        answer = json.loads(said)
        if "error" in answer:
            raise CopyFailed(answer["error"])
        return answer["result"]

    def end(self) -> None:
        """End the copy before its time."""
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _be_the_copy(work: Callable[[], Any], writing: int, niceness: int) -> NoReturn:
    try:
        gc.disable()  # a collection would touch, and so copy, all of the memory
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.closerange(3, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        if niceness:
            os.nice(niceness)
        try:
            said = {"result": work()}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        os.write(writing, json.dumps(said).encode())
        os.close(writing)
    finally:
        os._exit(0)
