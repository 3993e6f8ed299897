"""Without a local cloud, each command fails with one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "command",
    [
        ["explore.ask", "{ a }"],
        ["explore.sign_in", "admin"],
        ["explore.parameter", "a/b"],
        ["operate.logs", "a-b"],
        ["explore.demo_data"],
        ["explore.demo"],
    ],
)
def test_no_cloud_is_one_line(tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tools.{command[0]}", *command[1:]],
        cwd=ROOT,
        env={**os.environ, "ECOM_LOCAL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "the local cloud is not running: `make up`" in line
