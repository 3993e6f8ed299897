#!/usr/bin/env python3
"""Create the virtual environment in the checkout when the lock has changed.

`python3 tools/setup.py run|dev|sam|scan|load|aws-cli` is called by each Makefile target that needs packages. It uses
the standard library only, writes nothing outside the checkout, and returns at once when nothing changed.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Iterator, NoReturn

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
MARK = "# === group: "
# An environment holds the sections of its groups, in this order; `dev` besides those of single services.
LAYERS = {
    "run": (".venv", ("service", "run")),
    "dev": (".venv", ("service", "run", "dev")),
    "sam": (".venv-sam", ("sam",)),
    "scan": (".venv-scan", ("scan",)),
    "load": (".venv-load", ("load",)),
    "aws-cli": (".venv-aws-cli", ("aws-cli",)),
}
OLDEST = (3, 11)


def sections(text: str) -> "dict[str, str]":
    """Split the lock into its groups: name -> requirement lines with hashes."""
    found = {}
    for part in text.split(MARK)[1:]:
        name, _, body = part.partition("\n")
        found[name.strip()] = body
    return found


def own_group(service: str) -> str:
    """The group of the packages that ship with this service alone."""
    return "service-" + service


def groups_of(layer: str, lock: "dict[str, str]") -> "list[str]":
    """The groups of an environment. Tests import what single services ship."""
    own = [group for group in lock if group.startswith(own_group(""))] if layer == "dev" else []
    return [*LAYERS[layer][1], *own]


def fail(message: str) -> "NoReturn":
    sys.stderr.write("setup: %s\n" % message)
    raise SystemExit(1)


def run(command: "list[object]", env: "dict[str, str] | None" = None) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-8:])
        fail("%s failed. Is the package index reachable?\n%s" % (" ".join(words[:4]), tail))


def wanted_stamp(layer: str, lock: "dict[str, str]") -> str:
    text = "".join(lock[group] for group in groups_of(layer, lock)) + sys.version
    return hashlib.sha256(text.encode()).hexdigest()


def is_ready(layer: str, lock: "dict[str, str]") -> bool:
    folder = ROOT / LAYERS[layer][0]
    # `dev` includes `run`.
    for other in ("dev", "run") if layer == "run" else (layer,):
        stamp = folder / ("stamp-" + other)
        if stamp.exists() and stamp.read_text() == wanted_stamp(other, lock):
            return True
    return False


def build(layer: str, lock: "dict[str, str]") -> None:
    folder = LAYERS[layer][0]
    # Where it really is: installed scripts name their Python, and a linked environment outlives this checkout.
    home = (ROOT / folder).resolve()
    sys.stderr.write("setup: installing packages for `%s` into %s/ ...\n" % (layer, folder))
    if not (home / "bin" / "uv").exists():
        # pip runs rustc, and rustup would then create a folder in the user's home.
        os.environ["RUSTUP_HOME"] = str(home / ".cache")
        try:
            venv.create(home, with_pip=True, clear=True)
        except (subprocess.CalledProcessError, OSError):
            fail("could not make a virtual environment; on Debian: apt-get install python3-venv")
        installer = home / "uv.txt"
        installer.write_text(lock["setup"])
        run(
            [
                home / "bin" / "python",
                "-m",
                "pip",
                "install",
                "-q",
                "--no-cache-dir",
                "--no-deps",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                installer,
            ]
        )
    wanted = home / (layer + ".txt")
    wanted.write_text("".join(lock[group] for group in groups_of(layer, lock)) + lock["setup"])
    for stamp in home.glob("stamp-*"):
        stamp.unlink()
    env = dict(os.environ, UV_CACHE_DIR=str(home / ".cache"), VIRTUAL_ENV=str(home), UV_NO_CONFIG="1")
    run([home / "bin" / "uv", "pip", "sync", "-q", "--require-hashes", wanted], env=env)
    run([home / "bin" / "uv", "cache", "clean", "-q"], env=env)
    (home / ("stamp-" + layer)).write_text(wanted_stamp(layer, lock))


@contextlib.contextmanager
def one_at_a_time(folder: str) -> "Iterator[None]":
    """Parallel targets wait for each other, and so do checkouts that link to the same environment, as builds with a
    cache do. The kernel releases the locks when the process ends."""
    home = (ROOT / folder).resolve()
    places = [ROOT, home] if (ROOT / folder).is_symlink() and home.is_dir() else [ROOT]
    handles = []
    try:
        for place in places:
            handles.append(os.open(place, os.O_RDONLY))
            fcntl.flock(handles[-1], fcntl.LOCK_EX)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def main(argv: "list[str]") -> None:
    if sys.version_info < OLDEST:
        fail(
            "Python %d.%d or newer is needed, this is %s; try `make PYTHON=python3.13 ...`"
            % (*OLDEST, sys.version.split()[0])
        )
    if len(argv) != 1 or argv[0] not in LAYERS:
        fail("usage: setup.py %s" % "|".join(LAYERS))
    lock = sections(LOCK.read_text())
    layer = argv[0]
    if is_ready(layer, lock):
        return
    with one_at_a_time(LAYERS[layer][0]):
        if layer == "run" and (ROOT / LAYERS["dev"][0] / "stamp-dev").exists():
            layer = "dev"  # `run` alone would remove the packages of `dev`
        if not is_ready(layer, lock):
            build(layer, lock)


if __name__ == "__main__":
    main(sys.argv[1:])
