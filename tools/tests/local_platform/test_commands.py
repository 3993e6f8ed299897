"""`make run`, `make up` and `make status` are of the platform on this machine, and refuse another environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local.home import ROOT
from tools.local_platform.__main__ import forget_aws, main


def run(verb: str, environment: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "ECOM_LOCAL_DIR": str(folder), "ENVIRONMENT": environment}
    command = [sys.executable, "-m", "tools.local_platform", verb]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("verb", "instead"), [("run", "make deploy"), ("up", "make deploy"), ("status", "make check-deps")]
)
def test_another_environment_is_refused(tmp_path: Path, verb: str, instead: str) -> None:
    folder = tmp_path / "cloud"
    done = run(verb, "prod", folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"make {verb}: it is the platform on this machine, environment local, and ENVIRONMENT is prod; "
        f"use `ENVIRONMENT=prod {instead}`\n"
    )
    assert not folder.exists(), "nothing was started"


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    done = run("status", "nowhere", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("make status: unknown ENVIRONMENT nowhere; known environments: local, ")


@pytest.mark.parametrize("environment", ["local", ""])
def test_the_platform_of_this_machine_is_local(tmp_path: Path, environment: str) -> None:
    done = run("status", environment, tmp_path)
    assert (done.returncode, done.stdout) == (1, "local cloud: not running (`make up` starts it)\n")


def test_the_variables_of_aws_are_not_for_the_local_cloud() -> None:
    """A profile that does not exist, or an endpoint of one service, would fail in this process."""
    environ = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:1", "PATH": "/bin"}
    forget_aws(environ)
    assert environ == {"PATH": "/bin"}


def test_an_unusable_profile_does_not_stop_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("ENVIRONMENT", "local")
    assert main(["status"]) == 1
    assert "AWS_PROFILE" not in os.environ
