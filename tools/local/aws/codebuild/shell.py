"""Runs the commands of a build in a process group of their own. It ends with the build, its time-out or the cloud."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
CHECK_SECONDS = 0.2


class TimedOut(Exception):
    """The time-out of the build ended while a command ran."""


class Shell:
    """One build's processes. `write` gets each line of their output."""

    def __init__(self, folder: Path, write: Callable[[str], None], interrupted: Callable[[], None]) -> None:
        """`interrupted` is called while a command runs; it raises an exception to end the build."""
        self._write, self._interrupted = write, interrupted
        self._end = secrets.token_hex(16)
        self._ended = threading.Condition()
        self._codes: list[int] = []
        self._gone = False
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(GUARD)],
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="codebuild output", daemon=True)
        self._reader.start()

    def run(self, argv: list[str], environment: Mapping[str, str], folder: Path, deadline: float) -> int:
        """Run a command and return its exit status. Raises TimedOut, and what `interrupted` raises."""
        asked = {"argv": argv, "env": dict(environment), "cwd": str(folder), "end": self._end}
        with self._ended:
            self._codes.clear()
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the guard has no input")
        stdin.write(json.dumps(asked).encode() + b"\n")
        stdin.flush()
        while True:
            with self._ended:
                if not self._codes and not self._gone:
                    self._ended.wait(CHECK_SECONDS)
                if self._codes:
                    return self._codes.pop()
                if self._gone:
                    return 137  # the command killed its own process group
            self._interrupted()
            if time.time() > deadline:
                raise TimedOut

    def close(self) -> None:
        """Kill every process of the build, and read the rest of their output."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._gone = True
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        if stdout is None:
            raise RuntimeError("the guard has no output")
        for raw in stdout:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            before, found, code = line.partition(f"{self._end} ")
            if not found:
                self._write(line)
                continue
            if before:
                self._write(before)
            with self._ended:
                self._codes.append(int(code))
                self._ended.notify_all()
        with self._ended:
            self._gone = True
            self._ended.notify_all()
