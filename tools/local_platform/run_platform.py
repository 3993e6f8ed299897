"""The whole platform on the local cloud: the cloud, every service deployed, demo data.

`lift` is quick when nothing changed: the state is kept, and the deploy tool passes over unchanged stacks.
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


def lift(home: Home, *, fresh: bool = False) -> None:
    """Start the cloud, deploy every service, put the demo data; whatever is there already stays."""
    begin = time.monotonic()
    started = lifecycle.start(home, fresh=fresh)
    say(f"{'started' if started else 'running already'} at {home.endpoint()}", begin)
    step(home, "deploy", "tools", "deploy")
    print(report(from_folder(home.folder)), flush=True)
    step(home, "demo data", "tools.explore.demo_data")
    say("the platform is up", begin)


def say(text: str, begin: float) -> None:
    print(f"local cloud: {text} ({time.monotonic() - begin:.1f} s)", flush=True)


def step(home: Home, name: str, *module: str) -> None:
    """Run a tool of this checkout against this cloud; it reports for itself."""
    # `make run` is the local platform whatever ENVIRONMENT says, and a parent make's flags are not for these.
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MAKEFLAGS", "MFLAGS"))}
    environ |= {"ENVIRONMENT": "local", "ECOM_LOCAL_DIR": str(home.folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-P", "-m", *module], cwd=ROOT, env=environ, check=False)
    if done.returncode:
        raise LocalCloudError(f"{name} failed, see above; the cloud's own log is {home.log}")


def foreground(home: Home, *, fresh: bool = False) -> int:
    """Lift the platform and follow its log until Ctrl-C; then stop everything."""
    for number in INTERRUPTS:
        if signal.getsignal(number) != signal.SIG_IGN:  # `nohup`, or a shell's background
            signal.signal(number, _interrupt)
    try:
        lift(home, fresh=fresh)
        print(f"Ctrl-C stops it. Warnings and errors of the cloud follow; all of its log is in {home.log}", flush=True)
        for line in follow(home):
            print(line, flush=True)
    except KeyboardInterrupt:
        print("\nlocal cloud: stopping", flush=True)
    finally:
        _no_more_interrupts()
        lifecycle.stop(home)
    return 0


def follow(home: Home) -> Iterator[str]:
    """What is written to the log from now on, without the engine's chatter, while the cloud lives."""
    with Path(home.log).open(encoding="utf-8", errors="replace") as log:
        log.seek(0, os.SEEK_END)
        while True:
            line = log.readline()
            if line:
                if " INFO [" not in line and line.strip():
                    yield line.rstrip("\n")
            elif home.running() is None:
                raise LocalCloudError(
                    "it has ended: another command stopped it, or see its log; `make run` starts it again"
                )
            else:
                time.sleep(FOLLOW_SECONDS)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _no_more_interrupts()
    raise KeyboardInterrupt


def _no_more_interrupts() -> None:
    """A second Ctrl-C, or make's own signal after the terminal's, must not leave the cloud running."""
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
