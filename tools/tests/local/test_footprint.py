"""The cloud listens on loopback only, writes to its folder only, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.local.home import ROOT, Home, LocalCloudError
from tools.tests.local.functions import invoke, make_function

LISTENING = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="reads Linux's /proc")


def processes_of(group: int) -> list[int]:
    """The processes of a process group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def target_of(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:  # it was closed meanwhile
        return ""


def listening(pid: int) -> Iterator[str]:
    """The addresses, as the kernel writes them, on which a process listens; none after its end."""
    try:
        handles = list(Path(f"/proc/{pid}/fd").iterdir())
        tables = {name: Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6", "udp", "udp6")}
    except (FileNotFoundError, ProcessLookupError):  # such as a copy of the server that has saved the state
        return
    targets = [target_of(handle) for handle in handles]
    inodes = {target[8:-1] for target in targets if target.startswith("socket:[")}
    for name, table in tables.items():
        for line in table.splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == LISTENING or name.startswith("udp")):
                yield fields[1].rpartition(":")[0]


def test_everything_listens_on_loopback_only(cloud: Cloud) -> None:
    invoke(cloud, make_function(cloud, "def handler(event, context):\n    return 1\n"))
    server = cloud.home.running()
    assert server is not None
    group = processes_of(server)
    assert len(group) > 1, "the server and a function"
    addresses = [address for pid in group for address in listening(pid)]
    assert addresses
    assert set(addresses) <= set(LOOPBACK)


def test_nothing_is_left_after_a_stop(tmp_path: Path) -> None:
    careless = Path(tempfile.gettempdir())
    before = set(careless.iterdir())
    with start_temporary(tmp_path) as cloud:
        invoke(cloud, make_function(cloud, "import time\ndef handler(event, context):\n    return 1\n"))
        cloud.client("s3").create_bucket(Bucket="any")
        cloud.client("s3").put_object(Bucket="any", Key="k", Body=b"v")
        server = cloud.home.running()
        assert server is not None
        assert lifecycle.stop(cloud.home)
        assert processes_of(server) == []
        assert not cloud.home.temporary.exists()
    new = set(careless.iterdir()) - before
    assert not [path for path in new if path.name.startswith(("ministack", "function-", "code-", "sdk"))]


def test_a_stop_ends_a_function_that_is_busy(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        source = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
        name = make_function(cloud, source, Timeout=60)
        cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event")
        server = cloud.home.running()
        assert server is not None
        assert lifecycle.wait_until(lambda: len(processes_of(server)) > 1, 10)
        assert lifecycle.stop(cloud.home)
        assert processes_of(server) == []


FOREGROUND = """
import signal, sys
# A shell in the background makes its children deaf to SIGINT; a terminal's are not.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tools.local.home import Home
from tools.local_platform import run_platform
run_platform.step = lambda home, name, *module, **variables: print("step", name, flush=True)
run_platform.BUILD = (sys.executable, "-c", "")
run_platform.shop_address = lambda: "http://127.0.0.1:1"
sys.exit(run_platform.foreground(Home.from_environment()))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_stops_the_foreground_and_all_it_started(tmp_path: Path, number: int, times: int) -> None:
    home = Home(tmp_path / ".local")
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND],
        cwd=ROOT,
        env={**os.environ, "ECOM_LOCAL_DIR": str(home.folder), "ECOM_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C stops it"):
                break
        steps = [line.removeprefix("step ").rstrip() for line in lines if line.startswith("step ")]
        assert steps == ["deploy", "demo data", "the upload of the pages"]
        server = home.running()
        assert server is not None
        try:
            for _ in range(times):
                process.send_signal(number)
                lifecycle.wait_until(lambda: process.poll() is not None, 0.05)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert home.running() is None
    assert processes_of(server) == []


def test_a_port_used_by_another_program_is_one_readable_line(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud, socket.socket() as stranger:
        port = cloud.home.port()
        lifecycle.stop(cloud.home)
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        environ = {**os.environ, "ECOM_LOCAL_DIR": str(cloud.home.folder)}
        done = subprocess.run(
            [sys.executable, "-m", "tools.local", "start"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"port {port} is in use by another program" in done.stderr
        assert "ECOM_PORT" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["status"], 1, "not running"),
        (["down"], 0, "was not running"),
        (["unknown"], 2, "invalid choice"),
        (["--help"], 0, "in the background"),
    ],
)
def test_the_verbs_print_their_result(tmp_path: Path, arguments: list[str], code: int, expected: str) -> None:
    environ = {**os.environ, "ECOM_LOCAL_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "tools.local", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert expected in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_another_port_for_deployed_stacks_is_refused(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        lifecycle.stop(cloud.home)
        environ = {**os.environ, "ECOM_LOCAL_DIR": str(cloud.home.folder), "ECOM_PORT": "1"}
        command = [sys.executable, "-m", "tools.local", "start"]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert f"contain port {cloud.home.port()}" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_wrong_port_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_temporary(tmp_path) as cloud:
        kept = cloud.home.state / "kept"
        kept.write_text("")
        monkeypatch.setenv("ECOM_PORT", "abc")
        with pytest.raises(LocalCloudError, match="ECOM_PORT=abc is not a port number"):
            lifecycle.start(cloud.home, fresh=True)
        assert cloud.home.running() is not None
        assert kept.exists()
