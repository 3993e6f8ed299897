"""Scripts that look at the engine as it is without our patches, in a process of their own."""

import subprocess
import sys
from pathlib import Path

from tools.local.home import ROOT

UNPATCHED = """
import hashlib, inspect, sys
from pathlib import Path
from tools.local.engine import frame
frame.configure(frame.Settings(1, Path(sys.argv[1]), Path(sys.argv[1]), "us-east-1", "000000000000"))
"""
DIGESTS = """
for name in sys.argv[2:]:
    module, _, function = name.rpartition(":")
    source = inspect.getsource(getattr(frame.core(module), function))
    print(hashlib.sha256(source.encode()).hexdigest()[:16])
"""


def run_unpatched(tmp_path: Path, script: str, *arguments: str) -> list[str]:
    command = [sys.executable, "-c", UNPATCHED + script, str(tmp_path), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]
