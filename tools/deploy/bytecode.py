"""Bytecode for the packages of Lambda, whose disk is read-only: without it each cold start compiles every module.

It is "unchecked-hash" bytecode (PEP 552): the runtime loads it without looking at the source, and the same source
gives the same bytes. Only the Python version of the function can make it. Python ignores bytecode of another version.
"""

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from tools.project.problems import Problem

TASK_ROOT = "/var/task"  # where Lambda unpacks a package; tracebacks name files below it
UNCHECKED_HASH = b"\x01\x00\x00\x00"

_COMPILE = f"""
import compileall, py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
done = compileall.compile_dir(sys.argv[1], maxlevels=99, quiet=1, invalidation_mode=mode, stripdir=sys.argv[1],
                              prependdir={TASK_ROOT!r})
sys.exit(not done)
"""


@lru_cache(maxsize=4)
def interpreter(version: str) -> tuple[str, str] | None:
    """(command, full version) of a Python such as 3.13 on this machine; None without one."""
    for command in (sys.executable, shutil.which(f"python{version}")):
        if command is None:
            continue
        asked = [command, "-c", "import sys; print(sys.version)"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.startswith(f"{version}."):
            return command, done.stdout.strip()
    return None


def compile_package(python: str, folder: Path) -> None:
    """Write `__pycache__` beside every module. The hash seed is fixed: the order of constant sets depends on it."""
    done = subprocess.run(
        [python, "-S", "-s", "-c", _COMPILE, str(folder)],
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": "0"},
        check=False,
    )
    if done.returncode:
        raise Problem(f"the package cannot be compiled: {' '.join((done.stdout + done.stderr).split())[-400:]}")


def is_for_lambda(path: Path) -> bool:
    """Whether the build made this bytecode. What Python writes by itself depends on the times of files."""
    with path.open("rb") as opened:
        return opened.read(8)[4:] == UNCHECKED_HASH
