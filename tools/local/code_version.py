"""The version of the code that a running cloud was started from. It differs after an update of the checkout."""

import hashlib
from pathlib import Path

from tools.local.extension import module_name
from tools.local.home import ROOT


def digest() -> str:
    """A hash of the local cloud's code, its extension's code and the locked packages."""
    extension = module_name()
    folders = [Path(__file__).parent, *([ROOT.joinpath(*extension.split("."))] if extension else [])]
    files = [ROOT / "requirements.lock", *(path for folder in folders for path in folder.rglob("*.py"))]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
