"""The whole platform on the local cloud: the cloud, every service, and the demo data.

`start_platform` is quick when nothing changed: the state is kept, and the deploy tool skips unchanged stacks.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tools.local import lifecycle
from tools.local.aws.cloudformation.ignored import from_folder, report
from tools.local.home import ROOT, Home, LocalCloudError

FOLLOW_SECONDS = 0.3
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start_platform(home: Home, *, fresh: bool = False) -> None:
    """Start the cloud, deploy every service and write the demo data. What exists already stays."""
    begin = time.monotonic()
    if fresh:
        (home.folder / "demo.json").unlink(missing_ok=True)  # the passwords of the demo users
    started = lifecycle.start(home, fresh=fresh)
    print_progress(f"{'started' if started else 'running already'} at {home.endpoint()}", begin)
    step(home, "deploy", "tools", "deploy")
    print(report(from_folder(home.folder)), flush=True)
    step(home, "demo data", "tools.explore.demo_data")
    print_progress("the platform is up", begin)


def print_progress(text: str, begin: float) -> None:
    print(f"local cloud: {text} ({time.monotonic() - begin:.1f} s)", flush=True)


def step(home: Home, name: str, *module: str) -> None:
    """Run a tool of this checkout against this cloud. It prints its own report."""
    # The flags of a parent make are not for these.
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MAKEFLAGS", "MFLAGS"))}
    environ |= {"ENVIRONMENT": "local", "ECOM_LOCAL_DIR": str(home.folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-P", "-m", *module], cwd=ROOT, env=environ, check=False)
    if done.returncode:
        raise LocalCloudError(f"{name} failed, see above; the cloud's log is {home.log}")


def foreground(home: Home, *, fresh: bool = False) -> int:
    """Start the platform and follow its log until Ctrl-C, then stop everything."""
    for number in INTERRUPTS:
        if signal.getsignal(number) != signal.SIG_IGN:  # `nohup`, or a shell's background
            signal.signal(number, _interrupt)
    try:
        start_platform(home, fresh=fresh)
        print(f"Ctrl-C stops it. Warnings and errors of the cloud follow; the complete log is {home.log}", flush=True)
        for line in follow(home):
            print(line, flush=True)
    except KeyboardInterrupt:
        print("\nlocal cloud: stopping", flush=True)
    finally:
        _ignore_interrupts()
        lifecycle.stop(home)
    return 0


def follow(home: Home) -> Iterator[str]:
    """New lines of the log, without the engine's informational ones, as long as the cloud runs."""
    with Path(home.log).open(encoding="utf-8", errors="replace") as log:
        log.seek(0, os.SEEK_END)
        while True:
            line = log.readline()
            if line:
                if " INFO [" not in line and line.strip():
                    yield line.rstrip("\n")
            elif home.running() is None:
                raise LocalCloudError(
                    "the cloud has ended: another command stopped it, or see its log; `make run` starts it again"
                )
            else:
                time.sleep(FOLLOW_SECONDS)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _ignore_interrupts()
    raise KeyboardInterrupt


def _ignore_interrupts() -> None:
    """Ignore a second Ctrl-C, or make's own signal after the terminal's: the cloud must still be stopped."""
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
