"""Third-party code for Lambda packages: the lock's group `service`, and for some services one of their own
(`service-{name}`), unpacked once per target.

A target is the host (for the local cloud, whose functions run in this Python) or Linux with the template's
Python and processor (for AWS). Services with the same wheels share
the unpacked trees in `build/wheels/`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT
from tools.project.problems import Problem
from tools.setup import LOCK, own_group, sections

STORE = ROOT / "build" / "wheels"
# Differ between machines, or are for installers only.
NOISE = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}
# The runtimes since Python 3.12 use Amazon Linux 2023 with glibc 2.34.
PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}


@dataclass(frozen=True)
class Host:
    """This machine and this Python."""

    @property
    def key(self) -> str:
        return f"host-{sys.platform}-{os.uname().machine}-{sys.version_info[0]}.{sys.version_info[1]}"

    def options(self) -> list[str]:
        return ["--python", sys.executable]


@dataclass(frozen=True)
class Lambda:
    """The Lambda runtime that a template declares."""

    python: str
    architecture: str

    @property
    def key(self) -> str:
        return f"{self.architecture}-{self.python}"

    def options(self) -> list[str]:
        return ["--python-version", self.python, "--python-platform", PLATFORMS[self.architecture]]


def requirements_of(service: str, lock: Path = LOCK) -> str:
    """What ships with a service: the common packages, then its own."""
    groups = sections(lock.read_text())
    return groups["service"] + groups.get(own_group(service), "")


def prepared(target: Host | Lambda, requirements: str, store: Path = STORE) -> Path:
    """The folder with the unpacked wheels for the target, created in one step when it is missing."""
    digest = hashlib.sha256(requirements.encode()).hexdigest()[:16]
    folder = store / f"{target.key}-{digest}"
    if folder.is_dir():
        return folder
    store.mkdir(parents=True, exist_ok=True)
    with locked(store):
        if not folder.is_dir():
            _prepare(requirements, target, folder)
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A lock for one process at a time. The kernel releases it when the process ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _prepare(requirements: str, target: Host | Lambda, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name)
        listed, tree = scratch / "requirements.txt", scratch / "tree"
        listed.write_text(requirements)
        done = subprocess.run(
            [
                Path(sys.executable).parent / "uv", "pip", "install", "-q", "--no-config", "--target", tree,
                "--no-deps", "--require-hashes", "--only-binary", ":all:", *target.options(), "-r", listed,
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "UV_CACHE_DIR": str(scratch / "cache")},
            check=False,
        )  # fmt: skip
        if done.returncode:
            output = " ".join(done.stderr.split())[-600:]
            raise Problem(f"the wheels for {target.key} cannot be installed; is the package index reachable? {output}")
        strip(tree)
        tree.rename(folder)


def strip(tree: Path) -> None:
    """Delete everything but what a function imports and the licences."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_dir():
            if path.name in ("__pycache__", "tests") or path == tree / "bin":
                shutil.rmtree(path)
        elif path.name in NOISE and path.parent.name.endswith(".dist-info"):
            path.unlink()
    (tree / ".lock").unlink(missing_ok=True)
