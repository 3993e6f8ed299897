"""Functions' processes as the server sees them: forked from one fork server, each with three pipes."""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

FORKSERVER = Path(__file__).with_name("forkserver.py")
# Every process watches the read end. Only the server holds the write end, which closes when the server ends.
_watched, _held = os.pipe()


def is_readable(file: IO[bytes]) -> bool:
    """Whether a read would not wait. A cloud with many functions has more files open than `select` can look at."""
    looked_at = select.poll()
    looked_at.register(file, select.POLLIN)
    return bool(looked_at.poll(0))


@dataclass
class Process:
    """One function's process, and the server's ends of its pipes."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    _forkserver: "Forkserver"
    _status: int | None = None

    def ended(self) -> bool:
        """Whether the idle process has ended. An idle process writes nothing, so readable output means its end."""
        return self._status is not None or is_readable(self.stdout)

    def kill(self) -> None:
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """The exit status, negative for a signal, once the process has ended."""
        if self._status is None:
            self._status = self._forkserver.wait(self.pid)
        return self._status


class Forkserver:
    """Starts the fork server on first use, and again if it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, root: Path, sdk: Path, handler: str, environment: Mapping[str, str]) -> Process:
        ours, theirs = [], []
        for writes in (True, False, False):
            reading, writing = os.pipe()
            ours.append(writing if writes else reading)
            theirs.append(reading if writes else writing)
        request = {"root": str(root), "sdk": str(sdk), "handler": handler, "environment": dict(environment)}
        try:
            pid = self._ask(sdk, request, [*theirs, _watched])
        except BaseException:
            for end in ours:
                os.close(end)
            raise
        finally:
            for end in theirs:
                os.close(end)
        stdin, stdout, stderr = ours
        return Process(pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb", 0), os.fdopen(stderr, "rb"), self)

    def wait(self, pid: int) -> int:
        with self._lock:
            if self._control is None:
                return 0
            return self._exchange(self._control, {"wait": pid}, [])

    def stop(self) -> None:
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._process is not None:
                self._process.wait()
            self._control = self._process = None

    def _ask(self, sdk: Path, request: Mapping[str, object], pipes: list[int]) -> int:
        with self._lock:
            if self._process is None or self._control is None or self._process.poll() is not None:
                self._control, self._process = self._start(sdk)
            return self._exchange(self._control, request, pipes)

    @staticmethod
    def _start(sdk: Path) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-I", "-S", "-X", "utf8", str(FORKSERVER), str(theirs.fileno()), str(sdk)]
            # botocore must not read a user's configuration during its import.
            environment = {"PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
            process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), env=environment, stdin=subprocess.DEVNULL)
        return ours, process

    @staticmethod
    def _exchange(control: socket.socket, request: Mapping[str, object], pipes: list[int]) -> int:
        body = json.dumps(request).encode()
        head = struct.pack("!I", len(body))
        if pipes:
            socket.send_fds(control, [head], pipes)
            control.sendall(body)
        else:
            control.sendall(head + body)
        answer = b""
        while len(answer) < 4:
            chunk = control.recv(4 - len(answer))
            if not chunk:
                raise EOFError("the fork server of functions ended")
            answer += chunk
        number: int = struct.unpack("!i", answer)[0]
        return number


forkserver = Forkserver()
