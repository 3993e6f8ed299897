"""Scripts that look at the engine without our patches, each in its own process."""

import functools
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools.local.home import ROOT

UNPATCHED = """
import hashlib, inspect, sys
from pathlib import Path
from tools.local.engine import patching, start
start.configure(start.Settings(1, Path(sys.argv[1]), Path(sys.argv[1]), "us-east-1", "000000000000"))
"""
DIGESTS = """
for name in sys.argv[2:]:
    module, _, function = name.rpartition(":")
    source = inspect.getsource(getattr(patching.core(module), function))
    print(hashlib.sha256(source.encode()).hexdigest()[:16])
"""


def run_unpatched(tmp_path: Path, script: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", UNPATCHED + script, str(tmp_path), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


def digest(function: str, among: Iterable[str]) -> str:
    """The digest of the source of one of the engine's functions, given as `module:name`.

    When it differs, the engine has changed there: read the new source, decide whether the named patch is still needed
    and still right, and update the digest. `among` are all functions that the caller will ask for.
    """
    return _digests(tuple(among))[function]


@functools.cache
def _digests(functions: tuple[str, ...]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return dict(zip(functions, run_unpatched(Path(folder), DIGESTS, *functions), strict=True))
