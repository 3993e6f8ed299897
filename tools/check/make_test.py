"""`make test`: every check that needs no AWS account.

It starts a platform of its own in `.local/test`, deployed from the real templates. Then two steps run at a time: first
the `deployed` suites against that platform and the tests that need none, then whatever is next when one ends: lint, the
scan, the order of deployments, the fault simulator. Not more than two, and only the `deployed` suites at full priority,
because deployed functions have AWS's time limits, which a busy machine would exceed. The platform is always stopped at
the end.

A failed test is named at once, and a line a minute says how far the steps are. The full output of each step is in
`.local/test/logs/`; that of a failed step is printed at the end too.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tools import ROOT
from tools.check import progress
from tools.local import lifecycle
from tools.local.home import Home

HOME = ROOT / ".local" / "test"
LOGS = HOME / "logs"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
TOOLS = [sys.executable, "-m", "tools"]
CLOUD = [sys.executable, "-m", "tools.local"]
# Steps that run beside the platform leave it the processors that its functions want. Where Linux shares them out among
# sessions (/proc/sys/kernel/sched_autogroup_enabled), the platform, a session of its own, has its part in any case.
LOW_PRIORITY = ["nice", "-n", "5"]
AT_ONCE = 2  # steps
PROGRESS_SECONDS = 60
_CLOSING = re.compile(r"\d+ (passed|failed|error|deselected).* in [\d.]+s")


@dataclass(frozen=True)
class Step:
    """One command, and whether it has access to the test platform."""

    name: str
    command: Sequence[str]
    on_platform: bool = False

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"

    @property
    def progress(self) -> Path:
        """What the tests of the step have come to (tools.check.progress)."""
        return LOGS / f"{self.name}.progress"


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    processor_seconds: float  # of the step's processes; the platform's functions are not among them
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
TESTS = Step(
    "tests", [*LOW_PRIORITY, *PYTEST, "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not deployed"]
)
LINT = Step("lint", [*LOW_PRIORITY, *TOOLS, "lint"])
# Fixed seeds: every commit runs the same ones, and docs/simulator.md tells how to run more.
SIMULATE = Step("simulate", [*LOW_PRIORITY, sys.executable, "-m", "tools.sim", "--orders", "200", "--workers", "1"])
SCAN = Step("scan", [*LOW_PRIORITY, sys.executable, "-m", "tools.check.scan"])
ORDER = Step("order", [*TOOLS, "deps"])


def environ(on_platform: bool) -> dict[str, str]:
    """The environment of a step: no AWS account, and the test platform if the step needs it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ECOM_", "MAKE"))}
    # boto3 must not find a profile or an instance role of the user.
    closed = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    closed["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    platform = {"ECOM_LOCAL_DIR": str(HOME), "ECOM_PORT": "0"} if on_platform else {}
    return {**kept, **closed, **platform, "ENVIRONMENT": "local"}


class Running:
    """The steps that run, by name. Tells how far they are, and which tests failed, until it is closed."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._tallies: dict[str, progress.Tally] = {}
        self._closed = threading.Event()

    def add(self, step: Step, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._processes[step.name] = process
            self._tallies[step.name] = progress.Tally(step.progress)

    def remove(self, step: Step) -> None:
        self.name_failures()
        with self._lock:
            del self._processes[step.name], self._tallies[step.name]

    def watch(self) -> None:
        """Print failed tests and, once a minute, how far the steps are."""
        printed = self._started
        while not self._closed.wait(1):
            self.name_failures()
            if time.monotonic() - printed >= PROGRESS_SECONDS:
                printed += PROGRESS_SECONDS
                if line := self.line():
                    print(line, flush=True)

    def name_failures(self) -> None:
        with self._lock:
            for name, tally in self._tallies.items():
                for test in tally.read():
                    print(f"FAIL {name:<10} {test}", flush=True)

    def line(self) -> str:
        """How far each step is; empty when none runs."""
        with self._lock:
            minutes = (time.monotonic() - self._started) / 60
            parts = [f"{name} {tally}" for name, tally in self._tallies.items()]
            return f"     {minutes:3.0f} min    {'; '.join(parts)}" if parts else ""

    def close(self) -> None:
        """End the watch, and the steps that still run, because `make test` was interrupted."""
        self._closed.set()
        with self._lock:
            for process in self._processes.values():
                with suppress(ProcessLookupError):  # run_step waits for it, so `terminate` must not
                    os.kill(process.pid, signal.SIGTERM)


def run_step(step: Step, running: Running | None = None) -> Result:
    running = running or Running()
    started = time.monotonic()
    step.progress.unlink(missing_ok=True)
    # The step that starts the platform gets the pipe that ends the platform with this process.
    owner, descriptors = lifecycle.handed_on(Home(HOME)) if step is UP else ({}, ())
    with step.log.open("w") as out:
        process = subprocess.Popen(
            step.command,
            cwd=ROOT,
            env={**environ(step.on_platform), **owner, progress.VARIABLE: str(step.progress)},
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        running.add(step, process)
        _, status, used = os.wait4(process.pid, 0)  # as `wait`, with the processor time of the process and its own
        process.returncode = code = os.waitstatus_to_exitcode(status)
        running.remove(step)
    result = Result(step.name, time.monotonic() - started, used.ru_utime + used.ru_stime, step.log, code)
    mark = "ok  " if code == 0 else "FAIL"
    print(f"{mark} {step.name:<10} {result.seconds:6.1f} s  {result.closing}", flush=True)
    return result


def run_steps(*steps: Step) -> list[Result]:
    """Run the steps in their order, two at a time."""
    running = Running()
    threading.Thread(target=running.watch, name="progress", daemon=True).start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = [pool.submit(run_step, step, running) for step in steps]
        try:
            return [result.result() for result in results]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            running.close()


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
    with test_platform():
        results = run_steps(UP)
        on_platform = [] if results[0].code else [DEPLOYED]
        # Lint comes before the tests of new services, which start with what mypy remembers of the checkout.
        results += run_steps(*on_platform, LINT, TESTS, SCAN, ORDER, SIMULATE)
    failed = [result for result in results if result.code]
    for result in failed:
        print(f"\n--- {result.name}: {result.log.relative_to(ROOT)}\n{result.log.read_text(errors='replace').rstrip()}")
    spent = sum(result.processor_seconds for result in results)
    print(f"\nmake test: {time.monotonic() - started:.0f} s, and {spent:.0f} s of a processor beside the platform's")
    for result in results:
        print(f"  {result.name:<10} {'FAILED' if result.code else 'passed'}  {result.closing}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
