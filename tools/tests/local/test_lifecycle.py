"""Start, stop, the state across both, and the messages for users when something fails."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.local.home import ROOT, Home, LocalCloudError


def test_a_cloud_answers_its_administrator(cloud: Cloud) -> None:
    assert cloud.client("sts").get_caller_identity()["Arn"].endswith(":user/administrator")


def test_state_survives_stop_and_start(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        before = cloud.environment
        cloud.client("ssm").put_parameter(Name="/kept", Value="yes", Type="String")
        assert lifecycle.stop(cloud.home)
        assert lifecycle.health(cloud.home) is None
        assert lifecycle.start(cloud.home)
        assert cloud.environment == before, "same port, same keys"
        assert cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "yes"
        assert not lifecycle.start(cloud.home), "starting twice is harmless"
    assert cloud.home.running() is None


def test_starting_twice_at_once_is_harmless(tmp_path: Path) -> None:
    home = Home(tmp_path)
    try:
        with ThreadPoolExecutor(3) as pool:
            started = list(pool.map(lambda _: lifecycle.start(home, port=0), range(3)))
        assert sorted(started) == [False, False, True]
        assert home.running() is not None
    finally:
        lifecycle.stop(home)


def test_a_server_that_was_killed_and_still_ends_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.make()
    home.lock.touch()
    holds = "import fcntl, os, sys; f = open(sys.argv[1], 'r+'); fcntl.flock(f, fcntl.LOCK_EX)"
    writes = "f.write(str(os.getpid())); f.flush(); print(flush=True); input()"
    command = [sys.executable, "-c", f"{holds}; {writes}", str(home.lock)]
    asked = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as dying:
        assert dying.stdout is not None
        dying.stdout.readline()
        assert home.running() == dying.pid
        found = lifecycle.health

        def ended_meanwhile(home: Home) -> dict[str, object] | None:
            asked.append(home.running())
            dying.kill()
            dying.wait()
            return found(home)

        monkeypatch.setattr(lifecycle, "health", ended_meanwhile)
        try:
            assert lifecycle.start(home, port=0)
            assert asked[0] == dying.pid
            assert home.running() not in (None, dying.pid)
        finally:
            lifecycle.stop(home)


@pytest.mark.parametrize("port", ['"x"', "-1", "99999999", "true", "1.5"])
def test_an_invalid_port_is_reported(tmp_path: Path, port: str) -> None:
    home = Home(tmp_path)
    home.cloud.write_text(f'{{"port": {port}}}')
    with pytest.raises(LocalCloudError, match="no port number; delete it"):
        home.port()


def test_a_stale_lock_file_does_not_count_as_running(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.lock.write_text("1")
    assert home.running() is None
    assert not lifecycle.stop(home)


@pytest.mark.parametrize("file", ["env", "cloud"])
def test_files_are_readable_by_their_owner_only(cloud: Cloud, file: str) -> None:
    path: Path = getattr(cloud.home, file)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_cloud_of_older_code_is_restarted_with_its_state(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        cloud.client("sqs").create_queue(QueueName="kept")
        before = cloud.home.running()
        assert not lifecycle.start(cloud.home)
        older = cloud.home.read_cloud() | {"code": "older"}
        cloud.home.cloud.write_text(json.dumps(older))
        assert lifecycle.start(cloud.home)
        assert cloud.home.running() != before
        assert cloud.client("sqs").get_queue_url(QueueName="kept")


OWNER = """
import sys, time
from pathlib import Path
from tools.local import lifecycle
from tools.local.client import start_temporary
with start_temporary(Path(sys.argv[1])) as cloud:
    if sys.argv[2] == "restarted":
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
    print("up", flush=True)
    time.sleep(600)
"""


# `make test`, with only the cloud instead of the whole platform.
CHECKS = """
import sys, time
from pathlib import Path
from tools.check import make_test as check
check.HOME = Path(sys.argv[1], ".local")
check.LOGS = check.HOME / "logs"
check.UP = check.Step("up", [*check.CLOUD, "start"], on_platform=True)
with check.test_platform():
    assert check.run_step(check.UP).code == 0
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", ["started", "restarted", "checked"])
def test_a_temporary_cloud_ends_when_its_process_is_killed(tmp_path: Path, how: str) -> None:
    command = [sys.executable, "-c", CHECKS if how == "checked" else OWNER, str(tmp_path), how]
    home = Home(tmp_path / ".local")
    try:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            assert "up\n" in iter(owner.stdout.readline, "")
            assert home.running() is not None
            owner.kill()
        assert lifecycle.wait_until(lambda: home.running() is None, 15), "it outlived its owner"
        assert "has ended; the cloud ends" in home.log.read_text()
    finally:
        lifecycle.stop(home)
