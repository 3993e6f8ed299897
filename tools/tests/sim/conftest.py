"""A process with a warm world, in which the order of sets is the simulator's."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tools import ROOT

Simulate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def simulate() -> Simulate:
    """`make simulate` with these arguments, on one core."""

    def run(*arguments: str, code: str = "") -> "subprocess.CompletedProcess[str]":
        what = ["-c", code] if code else ["-m", "tools.sim", "--workers", "1", *arguments]
        variables = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'src'}"}
        return subprocess.run(
            [sys.executable, *what], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )

    return run
