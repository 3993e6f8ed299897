"""How a build ends that its time-out or the stop of the cloud cuts."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tools.local.aws.codebuild import running
from tools.local.aws.codebuild.records import Store
from tools.local.aws.codebuild.running import Build
from tools.local.aws.iam.engine_sessions import Credentials
from tools.local.delivery.driver import Stopping

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def without_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """No role, no clients: nothing here calls AWS."""
    monkeypatch.setattr(running, "take_role", lambda *_: Credentials("key", "secret", "token"))
    monkeypatch.setattr(running, "end_session", lambda _: None)
    monkeypatch.setattr(running, "Clients", lambda _: {})
    monkeypatch.setenv("GATEWAY_PORT", "1")


def record(minutes: float, commands: str) -> Record:
    spec = f"version: 0.2\nphases: {{build: {{commands: [{commands}]}}}}"
    return {
        "id": "p:1",
        "arn": "arn",
        "projectName": "p",
        "buildNumber": 1,
        "startTime": time.time(),
        "endTime": None,
        "serviceRole": "arn:aws:iam::000000000000:role/build",
        "encryptionKey": "",
        "initiator": "",
        "logs": {},
        "cache": {"type": "NO_CACHE"},
        "source": {"type": "NO_SOURCE", "buildspec": spec},
        "environment": {"image": "i"},
        "timeoutInMinutes": minutes,
        "pipeline": None,
        "stopping": False,
        "phases": [],
    }


def build(tmp_path: Path, its: Record, check: Any = lambda: None) -> Build:
    return Build(Store(time.time), its, tmp_path / "build", tmp_path / "caches", lambda _: tmp_path, check)


def test_a_build_that_takes_too_long_is_timed_out(tmp_path: Path) -> None:
    its = record(0.02, "sleep 600")
    assert build(tmp_path, its).run() == "TIMED_OUT"
    assert its["phases"][-1]["phaseType"] == "BUILD"
    assert its["phases"][-1]["contexts"][0]["statusCode"] == "BUILD_TIMED_OUT"
    assert not (tmp_path / "build").exists()


def test_a_build_that_is_stopped_as_it_begins_is_stopped(tmp_path: Path) -> None:
    its = {**record(5, "touch began"), "stopping": True}
    assert build(tmp_path, its).run() == "STOPPED"
    assert its["phases"] == []


def test_a_build_sees_no_repository_around_its_folder(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert build(tmp_path, record(5, "'! git rev-parse --show-toplevel'")).run() == "SUCCEEDED"


def test_the_stop_of_the_cloud_ends_the_run_and_keeps_the_build_unfinished(tmp_path: Path) -> None:
    its = record(5, f"touch {tmp_path}/began, sleep 600")

    def check() -> None:
        if (tmp_path / "began").exists():
            raise Stopping("the cloud stops")

    with pytest.raises(Stopping):
        build(tmp_path, its, check).run()
    assert its["endTime"] is None
    (tmp_path / "began").unlink()
    its["source"]["buildspec"] = "version: 0.2\nphases: {build: {commands: [echo again]}}"
    assert build(tmp_path, its).run() == "SUCCEEDED"
