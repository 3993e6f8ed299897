"""Run one verb for all services, in parallel; `deploy`, `restore`, `all` and `teardown` in the order of the
dependencies.

The verb runs through each service's own Makefile, which may replace it. Each line of output begins with the service's
name. After a failure no further service is started. Running ones are stopped, unless they change stacks: those finish.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import ROOT
from tools.project.problems import Problem
from tools.project.services import Service, deploy_order

FORWARD = {"deploy", "restore", "all"}
BACKWARD = {"teardown"}
CHANGES_STACKS = FORWARD | BACKWARD


def edges(verb: str, services: Mapping[str, Service]) -> dict[str, set[str]]:
    """Service -> services that must finish first. Raises a Problem on a cycle where the order matters."""
    if verb not in CHANGES_STACKS:
        return {name: set() for name in services}
    deploy_order(services)
    needs = {name: set(service.dependencies) & set(services) for name, service in services.items()}
    if verb in FORWARD:
        return needs
    return {name: {other for other in services if name in needs[other]} for name in services}


@dataclass
class _Run:
    verb: str
    width: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    wake: threading.Condition = field(default_factory=threading.Condition)

    def say(self, name: str, text: str) -> None:
        with self.lock:
            print(f"{name:<{self.width}} | {text}", flush=True)

    def start(self, name: str, root: Path) -> threading.Thread:
        # Independent of the job slots and options of the make that called us.
        environ = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        process = subprocess.Popen(
            ["make", "--no-print-directory", "-C", name, self.verb],
            cwd=root,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.processes[name] = process
        thread = threading.Thread(target=self._follow, args=(name, process), daemon=True)
        thread.start()
        return thread

    def _follow(self, name: str, process: "subprocess.Popen[str]") -> None:
        with process:
            for line in process.stdout or ():
                text = line.rstrip()
                # make's last line repeats the error above it.
                if text and not text.startswith("make: ***"):
                    self.say(name, text.removeprefix(f"{name}: "))
        code = process.returncode
        with self.wake:
            self.codes[name] = code
            self.wake.notify_all()

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                try:
                    os.killpg(process.pid, signal.SIGTERM)
                except ProcessLookupError:
                    continue


def run_all(
    verb: str,
    services: Mapping[str, Service],
    root: Path = ROOT,
    jobs: int = 0,
    find_done: Callable[[], Iterable[tuple[str, str]]] = tuple,
) -> str:
    """Run the verb for each service. Raises a Problem that names the first failure.

    `find_done` yields the services for which it need not run, each with the line to print instead.
    """
    started = time.monotonic()
    waiting = edges(verb, services)
    jobs = jobs or int(os.environ.get("ECOM_JOBS") or os.cpu_count() or 2)
    run = _Run(verb, max((len(name) for name in services), default=1))
    done = set()
    for name, text in find_done():
        run.say(name, text)
        done.add(name)
    waiting = {name: needs - done for name, needs in waiting.items() if name not in done}
    threads: list[threading.Thread] = []
    failed = ""
    try:
        with run.wake:
            while True:
                failed = failed or _first_failure(run.codes)
                if failed and verb not in CHANGES_STACKS:
                    run.stop()
                running = len(run.processes) - len(run.codes)
                for name in _ready(waiting, set(run.codes), run.processes) if not failed else ():
                    if running < jobs:
                        threads.append(run.start(name, root))
                        running += 1
                if running == 0:
                    break
                run.wake.wait()
    except BaseException:
        run.stop()
        raise
    finally:
        for thread in threads:
            thread.join(timeout=10)
    sys.stdout.flush()
    if failed:
        left = sorted(set(waiting) - set(run.processes))
        skipped = f"; not started: {', '.join(left)}" if left else ""
        raise Problem(f"{verb} of {failed} failed, see above; repeat with `make {verb}-{failed}`{skipped}")
    return f"{len(services)} services in {time.monotonic() - started:.1f} s"


def _first_failure(codes: Mapping[str, int]) -> str:
    return next((name for name, code in codes.items() if code), "")


def _ready(waiting: Mapping[str, set[str]], done: set[str], begun: Iterable[str]) -> list[str]:
    return [name for name in sorted(waiting) if name not in begun and waiting[name] <= done]
