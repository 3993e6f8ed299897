"""The process that all functions' processes are forked from. It has the standard library and the AWS SDK, nothing of
the checkout.

Started as `python -I -S forkserver.py CONTROL_FD SDK`. It imports the SDK once and then forks: an environment starts in
milliseconds and shares the SDK's memory with the others. Each child runs `bootstrap.main` with the given pipes,
variables and folder. The fork server ends when the control socket closes, which happens when the server ends.
"""

import gc
import importlib.util
import json
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

PRELOADED = ("boto3", "botocore.session", "botocore.client", "botocore.auth", "botocore.httpsession", "urllib3")
WARMED = ("dynamodb", "events", "secretsmanager", "sqs")


def main(control: str, sdk: str) -> None:
    sys.path.append(sdk)
    for name in PRELOADED:
        importlib.import_module(name)
    warm()
    bootstrap = load_bootstrap()
    gc.collect()
    gc.freeze()
    connection = socket.socket(fileno=int(control))
    ended: dict[int, int] = {}
    while True:
        request, pipes = receive(connection)
        if request is None:
            return
        reap(ended)
        if "wait" in request:
            connection.sendall(struct.pack("!i", status_of(request["wait"], ended)))
            continue
        pid = os.fork()
        if pid == 0:
            connection.close()
            be(bootstrap, request, pipes)
        for pipe in pipes:
            os.close(pipe)
        connection.sendall(struct.pack("!i", pid))


def cache_service_models() -> None:
    """Load the SDK's service models once. Each session of the SDK would read them from files, about 100 ms of processor
    time in each new environment. They never change, so all forked processes share them."""
    loaders = importlib.import_module("botocore.loaders")
    read, listed = loaders.JSONFileLoader.load_file, loaders.Loader.list_available_services
    files: dict[str, Any] = {}
    lists: dict[tuple[Any, ...], Any] = {}

    def load_file(loader: Any, path: str) -> Any:
        if path not in files:
            files[path] = read(loader, path)
        return files[path]

    def list_available_services(loader: Any, type_name: str) -> Any:
        key = (*loader.search_paths, type_name)
        if key not in lists:
            lists[key] = listed(loader, type_name)
        return lists[key]

    loaders.JSONFileLoader.load_file = load_file
    loaders.Loader.list_available_services = list_available_services


def warm() -> None:
    """Create clients and discard them: the SDK imports a good part of itself only then."""
    cache_service_models()
    boto3 = importlib.import_module("boto3")
    for name in WARMED:
        session = boto3.Session("none", "none", region_name="us-east-1")
        session.client(name, endpoint_url="http://127.0.0.1:1")


def receive(connection: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next request with its descriptors; None when the server has ended."""
    head, pipes, _, _ = socket.recv_fds(connection, 4, 4)
    if len(head) < 4:
        return None, []
    left, body = struct.unpack("!I", head)[0], b""
    while left:
        chunk = connection.recv(left)
        if not chunk:
            return None, []
        body, left = body + chunk, left - len(chunk)
    return json.loads(body), list(pipes)


def be(bootstrap: Any, request: dict[str, Any], pipes: list[int]) -> None:
    """Become the function's process. Never returns."""
    status = 1
    try:
        requests, answers, log, watched = pipes
        for target, pipe in enumerate((requests, answers, log)):
            os.dup2(pipe, target)
            os.close(pipe)
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        os.chdir(request["root"])
        bootstrap.main(request["root"], request["sdk"], request["handler"], str(watched))
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def reap(ended: dict[int, int]) -> None:
    """Collect the children that have ended, so that no zombie remains."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended[pid] = os.waitstatus_to_exitcode(status)


def status_of(pid: int, ended: dict[int, int]) -> int:
    """The exit status of a child that has closed its pipes or was killed. Waits up to a second for it."""
    limit = time.monotonic() + 1
    while pid not in ended:
        if time.monotonic() > limit:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return 0
        reap(ended)
        if pid not in ended:
            time.sleep(0.002)
    return ended.pop(pid)


def load_bootstrap() -> Any:
    spec = importlib.util.spec_from_file_location("bootstrap", Path(__file__).with_name("bootstrap.py"))
    if spec is None or spec.loader is None:
        raise ImportError("bootstrap.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
