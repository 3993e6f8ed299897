"""The whole platform on the local cloud: the cloud, every service, and the demo data.

`start_platform` is quick when nothing changed: the state is kept, and the deploy tool skips unchanged stacks.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from tools.__main__ import LATER, PAGES
from tools.__main__ import run as run_verb
from tools.deploy.pages.__main__ import main as pages_command
from tools.deploy.pages.publish import address_of
from tools.explore import demo_data
from tools.local import lifecycle
from tools.local.aws.cloudformation.ignored import from_folder, report
from tools.local.home import ROOT, Home, LocalCloudError
from tools.project.aws import readable, target
from tools.project.environments import read_all
from tools.project.problems import Problem
from tools.project.services import one

FOLLOW_SECONDS = 0.3
STOREFRONT = "storefront"  # the service whose pages are the shop
GOODS = (sys.executable, "-P", "-m", "tools.explore.demo_goods")
BUILD = (sys.executable, "-P", "-m", "tools.deploy.pages", "build", STOREFRONT)
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def start_platform(home: Home, *, fresh: bool = False, goods: bool = False) -> None:
    """Start the cloud, deploy every service and write the demo data. What exists already stays. `goods`: the stock and
    the pictures of the demo's products follow in the background."""
    begin = time.monotonic()
    if fresh:
        (home.folder / "demo.json").unlink(missing_ok=True)  # the passwords of the demo users
    started = lifecycle.start(home, fresh=fresh)
    print_progress(f"{'started' if started else 'running already'} at {home.endpoint()}", begin)
    with pages_build(home) as pages:
        step(home, "deploy", partial(deploy_all, home))
        print(report(from_folder(home.folder)), flush=True)
        step(home, "demo data", demo_data.main)
        print_progress("the platform is up", begin)
        publish_pages(home, pages, begin)
    if goods:
        make_goods(home)


@contextmanager
def pages_build(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """The build of the shop's pages, beside the block and behind it: the back end does not wait for it."""
    process = subprocess.Popen(
        ["nice", "-n", "10", *BUILD],
        cwd=ROOT,
        env=environ_of_step(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def publish_pages(home: Home, build: "subprocess.Popen[str]", begin: float) -> None:
    """Wait for the build and upload it. Without it the back end is ready all the same."""
    output, _ = build.communicate()
    if build.returncode:
        print(output.rstrip().removeprefix("error: "), flush=True)
        print_progress(f"the shop has no new pages; `make deploy-{STOREFRONT}` tries again, all else is ready", begin)
        return
    step(home, "the upload of the pages", partial(pages_command, ["publish", STOREFRONT]))
    print_progress(f"the shop is at {shop_address()}", begin)


def make_goods(home: Home) -> "subprocess.Popen[bytes]":
    """Start what counts the demo's products and draws their pictures. It ends by itself, within a minute or two."""
    with (home.folder / "demo_goods.log").open("wb") as log:
        return subprocess.Popen(
            ["nice", "-n", "10", *GOODS],
            cwd=ROOT,
            env=environ_of_step(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def shop_address() -> str | None:
    """Where the local cloud serves the shop's pages; None when it is not deployed."""
    local = read_all()["local"]
    with readable(local):
        return address_of(one(STOREFRONT), target(local))


def print_progress(text: str, begin: float) -> None:
    print(f"local cloud: {text} ({time.monotonic() - begin:.1f} s)", flush=True)


def step(home: Home, name: str, run: Callable[[], int]) -> None:
    """Run a command of this checkout against this cloud. It prints its own report."""
    if run():
        raise LocalCloudError(f"{name} failed, see above; the cloud's log is {home.log}")


def deploy_all(home: Home) -> int:
    """`make deploy` without the pages, which may not be built yet."""
    os.environ.update({**environ_of_step(home), PAGES: LATER})  # also for the processes that it starts
    try:
        return run_verb(["deploy"])
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1


def environ_of_step(home: Home) -> dict[str, str]:
    # The flags of a parent make are not for these.
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MAKEFLAGS", "MFLAGS"))}
    return environ | {"ENVIRONMENT": "local", "ECOM_LOCAL_DIR": str(home.folder), "PYTHONPATH": str(ROOT)}


def foreground(home: Home, *, fresh: bool = False, goods: bool = False) -> int:
    """Start the platform and follow its log until Ctrl-C, then stop everything."""
    for number in INTERRUPTS:
        if signal.getsignal(number) != signal.SIG_IGN:  # `nohup`, or a shell's background
            signal.signal(number, _interrupt)
    try:
        start_platform(home, fresh=fresh, goods=goods)
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
