"""Start and stop the server process in the background, and query its health."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from tools.local import code_version
from tools.local.home import ROOT, Home, LocalCloudError, requested_port

# A process that ends is noticed at once. One that starts needs three seconds of a processor, which may be busy.
START_SECONDS = 120.0
STOP_SECONDS = 15.0
LOG_LIMIT = 10_000_000
HEALTH = "/_local/health"
# The start of a log line that explains why the process cannot continue.
REASON_PREFIX = "local cloud: "
OWNER_PIPE = "ECOM_OWNER_PIPE"

# Servers that this process started. They outlive it unless they are stopped or their folder is owned by it.
_children: dict[int, subprocess.Popen[bytes]] = {}
# Folder -> the write end of a pipe. The kernel closes it when this process ends, and then the server ends as well.
_owned: dict[Path, int] = {}
_owner_pipes: dict[Path, int] = {}


def start(home: Home, *, fresh: bool = False, port: int | None = None) -> bool:
    """Start the cloud unless it already runs from this code, and return when it is healthy. True when this call started
    it.

    `port` is used when the folder has no port yet; 0 chooses a free one.
    """
    requested_port()  # refused before a running cloud is stopped and its state deleted
    if fresh:
        stop(home)
        home.wipe()
    if _is_up(home):
        if home.read_cloud().get("code") == code_version.digest():
            return False
        # After an update of the checkout the old server would start functions with the new files: a mixture of both.
        stop(home)
    home.make()
    if home.log.exists() and home.log.stat().st_size > LOG_LIMIT:
        home.log.unlink()
    environ = {**os.environ, "ECOM_LOCAL_DIR": str(home.folder), "PYTHONPATH": str(ROOT)}
    if port is not None and home.port() is None:
        environ["ECOM_PORT"] = str(port)
    owner_pipe = _owner_pipes.get(home.folder)
    if owner_pipe is not None:
        environ[OWNER_PIPE] = str(owner_pipe)
    with private_log(home.log) as log:
        begin = log.tell()
        # Its own session: Ctrl-C in the terminal reaches the foreground process only, and one signal ends all workers.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tools.local", "serve"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=() if owner_pipe is None else (owner_pipe,),
        )
    _children[process.pid] = process
    try:
        _wait_healthy(home, process, begin)
    except BaseException as error:
        _kill_group(process.pid)
        _reap(process.pid)
        # Another process started it at the same moment, so that server is used.
        if isinstance(error, LocalCloudError) and _is_up(home):
            return False
        raise
    return True


def private_log(path: Path) -> IO[str]:
    """Open a log for appending, readable by its owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.fchmod(descriptor, 0o600)  # an older version created it readable by others
    return os.fdopen(descriptor, "a")


def own(home: Home) -> None:
    """Make the servers that this process starts in this folder end with it, even when it is killed."""
    if home.folder not in _owned:
        _owner_pipes[home.folder], _owned[home.folder] = os.pipe()


def handed_on(home: Home) -> tuple[dict[str, str], tuple[int, ...]]:
    """Variables and descriptors for a command that starts this folder's server on behalf of this process, the owner."""
    owner_pipe = _owner_pipes[home.folder]
    return {OWNER_PIPE: str(owner_pipe)}, (owner_pipe,)


def take_over(home: Home) -> None:
    """Start servers on behalf of the process that passed its ownership to this command, if there is one."""
    owner_pipe = os.environ.pop(OWNER_PIPE, "")
    if owner_pipe:
        os.set_inheritable(int(owner_pipe), False)
        _owner_pipes[home.folder] = int(owner_pipe)


def disown(home: Home) -> None:
    """Give up ownership. A server that still runs in this folder ends."""
    for ends in (_owner_pipes, _owned):
        if home.folder in ends:
            os.close(ends.pop(home.folder))


def stop(home: Home) -> bool:
    """Stop the cloud and everything it started; True when it was running."""
    pid = home.running()
    if pid is None:
        _reap(None)
        return False
    os.kill(pid, signal.SIGTERM)
    if not wait_until(lambda: home.running() is None, STOP_SECONDS):
        _kill_group(pid)
        if not wait_until(lambda: home.running() is None, 5):
            raise LocalCloudError(f"process {pid} did not end; see {home.log}")
    _kill_group(pid)
    _reap(pid)
    return True


def health(home: Home) -> dict[str, object] | None:
    """The server's answer to a health check, or None when there is no answer from our server."""
    port = home.port()
    if port is None:
        return None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{HEALTH}", timeout=2) as answer:
            content = json.load(answer)
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; False when it does not become true within the limit."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def log_tail(log: Path, begin: int = 0, lines: int = 8) -> str:
    """The last lines written since an offset, indented for an error message."""
    with log.open("rb") as handle:
        handle.seek(begin)
        text = handle.read().decode("utf-8", "replace")
    return "".join(f"\n  {line}" for line in text.strip().splitlines()[-lines:])


def logged_reason(log: Path, begin: int) -> str:
    """The reason that the process logged last, or an empty string when it ended without one."""
    last = log_tail(log, begin, lines=1).strip()
    return last.removeprefix(REASON_PREFIX) if last.startswith(REASON_PREFIX) else ""


def _is_up(home: Home) -> bool:
    """Whether a server runs in the folder; true when it is healthy. One that was killed runs until the kernel has
    released its memory."""
    while (pid := home.running()) is not None:
        if _becomes_healthy(home, pid, partial(_has_left, home, pid)):
            return True
    return False


def _has_left(home: Home, pid: int) -> bool:
    return home.running() != pid


def _becomes_healthy(home: Home, pid: int, has_ended: Callable[[], bool], begin: int = 0) -> bool:
    """True when the process answers, False when it ends before. The log's end, from `begin` on, explains a time-out."""

    def is_healthy() -> bool:
        answer = health(home)
        return answer is not None and answer.get("pid") == pid

    if not wait_until(lambda: is_healthy() or has_ended(), START_SECONDS):
        limit = f"the local cloud is not healthy after {START_SECONDS:.0f} s"
        raise LocalCloudError(f"{limit}; the end of {home.log}:{log_tail(home.log, begin)}")
    return not has_ended()


def _wait_healthy(home: Home, process: "subprocess.Popen[bytes]", begin: int) -> None:
    if not _becomes_healthy(home, process.pid, lambda: process.poll() is not None, begin):
        reason = logged_reason(home.log, begin)
        raise LocalCloudError(reason or "the local cloud did not start:" + log_tail(home.log, begin))


def _kill_group(pid: int) -> None:
    """Kill what is left of the server's process group, which `start` created."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _reap(pid: int | None) -> None:
    """Wait for the server if it is a child of this process, and for children that ended, so that no zombie remains."""
    child = _children.pop(pid, None) if pid else None
    if child is not None:
        child.wait()
    for other, process in list(_children.items()):
        if process.poll() is not None:
            _children.pop(other, None)
