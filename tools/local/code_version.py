"""Which code a running cloud was started from, so that it is not taken for the checkout's after an update."""

import hashlib
from pathlib import Path

from tools.local.home import ROOT

PARTS = (Path(__file__).parent, ROOT / "requirements.lock")


def digest() -> str:
    """The same for the same code of the local cloud and the same locked packages."""
    files = [path for part in PARTS for path in ([part] if part.is_file() else part.rglob("*.py"))]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
