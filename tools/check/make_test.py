"""`make test`: every check that needs no AWS account.

It starts a platform of its own in `.local/test`, deployed from the real templates. Then two parts run in parallel: the
tests that need no platform; and the `deployed` suites against that platform, then lint, the scan and the fault
simulator. Not more than two, because deployed functions have AWS's time limits, which a busy machine would exceed. The
platform is always stopped at the end. The full output of each step is in `.local/test/logs/`; that of a failed step is
printed too.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools import ROOT
from tools.local import lifecycle
from tools.local.home import Home

HOME = ROOT / ".local" / "test"
LOGS = HOME / "logs"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
TOOLS = [sys.executable, "-m", "tools"]
CLOUD = [sys.executable, "-m", "tools.local"]
_CLOSING = re.compile(r"\d+ (passed|failed|error|deselected).* in [\d.]+s")


@dataclass(frozen=True)
class Step:
    """One command, and whether it has access to the test platform."""

    name: str
    command: Sequence[str]
    on_platform: bool = False


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    log: Path
    code: int

    @property
    def closing(self) -> str:
        """The summary line of pytest, else the last line."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return next((line for line in reversed(lines) if _CLOSING.search(line)), lines[-1] if lines else "")


UP = Step("up", [sys.executable, "-m", "tools.local_platform", "up", "--fresh"], on_platform=True)
DEPLOYED = Step("deployed", [*TOOLS, "tests-e2e", "--all"], on_platform=True)
# The tests of a file run in one worker: many share a slow fixture, such as a local cloud. conftest.py orders the files.
TESTS = Step("tests", [*PYTEST, "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not deployed"])
LINT = Step("lint", [*TOOLS, "lint"])
# Fixed seeds: every commit runs the same ones, and docs/simulator.md tells how to run more.
SIMULATE = Step("simulate", [sys.executable, "-m", "tools.sim", "--orders", "200", "--workers", "1"])
SCAN = Step("scan", [sys.executable, "-m", "tools.check.scan"])
ORDER = Step("order", [*TOOLS, "deps"])


def environ(on_platform: bool) -> dict[str, str]:
    """The environment of a step: no AWS account, and the test platform if the step needs it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ECOM_", "MAKE"))}
    # boto3 must not find a profile or an instance role of the user.
    closed = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    closed["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    platform = {"ECOM_LOCAL_DIR": str(HOME), "ECOM_PORT": "0"} if on_platform else {}
    return {**kept, **closed, **platform, "ENVIRONMENT": "local"}


def run_steps(*steps: Step) -> list[Result]:
    return [run_step(step) for step in steps]


def run_step(step: Step) -> Result:
    log = LOGS / f"{step.name}.log"
    started = time.monotonic()
    # The step that starts the platform gets the pipe that ends the platform with this process.
    owner, descriptors = lifecycle.handed_on(Home(HOME)) if step is UP else ({}, ())
    with log.open("w") as out:
        code = subprocess.run(
            step.command,
            cwd=ROOT,
            env={**environ(step.on_platform), **owner},
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        ).returncode
    result = Result(step.name, time.monotonic() - started, log, code)
    mark = "ok  " if code == 0 else "FAIL"
    print(f"{mark} {step.name:<10} {result.seconds:6.1f} s  {result.closing}", flush=True)
    return result


@contextmanager
def test_platform() -> Iterator[None]:
    """Stop the platform when the block ends. It also ends with this process, even when the process is killed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    lifecycle.own(Home(HOME))

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        subprocess.run([*CLOUD, "down"], cwd=ROOT, env=environ(True), stdout=subprocess.DEVNULL, check=False)


def main(argv: list[str]) -> int:
    form = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(prog="make test", description=__doc__, formatter_class=form).parse_args(argv)
    started = time.monotonic()
    with test_platform(), ThreadPoolExecutor() as pool:
        results = run_steps(UP)
        tests = pool.submit(run_steps, TESTS)
        others = (LINT, SCAN, ORDER, SIMULATE) if results[0].code else (DEPLOYED, LINT, SCAN, ORDER, SIMULATE)
        results += [*run_steps(*others), *tests.result()]
    failed = [result for result in results if result.code]
    for result in failed:
        print(f"\n--- {result.name}: {result.log.relative_to(ROOT)}\n{result.log.read_text(errors='replace').rstrip()}")
    print(f"\nmake test: {time.monotonic() - started:.0f} s")
    for result in results:
        print(f"  {result.name:<10} {'FAILED' if result.code else 'passed'}  {result.closing}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
