"""Run work in a fork of this process: a copy of its memory at this moment.

Forking takes some milliseconds, independent of the work: the kernel shares memory pages until one process writes to
them. The copy has the calling thread only, so the work must not wait for a lock that another thread may hold: it reads,
encodes and writes a file. The copy closes the process's sockets and locks, so a killed server frees its port and folder
even while a copy still runs.
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
    """The copy ended without a result, or with an error."""


class Copy:
    """A running copy. `result` may be called once, from any thread."""

    def __init__(self, work: Callable[[], Any], *, niceness: int = 0) -> None:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # Python warns about locks that other threads hold. The module's docstring says why that is harmless here.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                self._pid = os.fork()
            except OSError:  # too many processes, or too little memory
                os.close(reading)
                os.close(writing)
                raise
        if self._pid == 0:
            _run_copy(work, writing, niceness)
        os.close(writing)
        self._reading = reading

    def result(self, limit: float) -> Any:
        """The JSON result of the work. A copy that takes longer than `limit` seconds is killed."""
        timer = threading.Timer(limit, self.end)
        timer.daemon = True
        timer.start()
        try:
            with os.fdopen(self._reading, "rb") as pipe:
                content = pipe.read()
            # The pipe ends with the process.
            _, status = os.waitpid(self._pid, 0)
        finally:
            timer.cancel()
        if status != 0 or not content:
            raise CopyFailed(f"the process that writes the state ended with status {os.waitstatus_to_exitcode(status)}")
        answer = json.loads(content)
        if "error" in answer:
            raise CopyFailed(answer["error"])
        return answer["result"]

    def end(self) -> None:
        """Kill the copy."""
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _run_copy(work: Callable[[], Any], writing: int, niceness: int) -> NoReturn:
    try:
        gc.disable()  # a collection would write to, and so copy, all of the memory
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.closerange(3, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        if niceness:
            os.nice(niceness)
        try:
            content = {"result": work()}
        except Exception as error:
            content = {"error": f"{type(error).__name__}: {error}"}
        os.write(writing, json.dumps(content).encode())
        os.close(writing)
    finally:
        os._exit(0)
