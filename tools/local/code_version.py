"""The version of the code that a running cloud was started from: after an update of the checkout it differs."""

import hashlib
from pathlib import Path

from tools.local.extension import module_name
from tools.local.home import ROOT


def digest() -> str:
    """The same for the same code of the local cloud and its extension, and the same locked packages."""
    extension = module_name()
    folders = [Path(__file__).parent, *([ROOT.joinpath(*extension.split("."))] if extension else [])]
    files = [ROOT / "requirements.lock", *(path for folder in folders for path in folder.rglob("*.py"))]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
