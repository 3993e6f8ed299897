"""The Python of a build: an environment of its own, so that `pip install` in a build changes nothing of the cloud."""

import importlib.util
import os
import sys
import venv
from pathlib import Path


def make(folder: Path) -> Path:
    """Create a virtual environment with the Python that runs the cloud, and return its folder of programs."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    programs = folder / "bin"
    found = importlib.util.find_spec("pip")
    if found is None or found.origin is None:
        return programs
    libraries = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # Creating pip anew takes seconds. It is a package without dependencies, so a link to ours is enough.
    package = Path(found.origin).parent
    (libraries / "pip").symlink_to(package, target_is_directory=True)
    for metadata in package.parent.glob("pip-*.dist-info"):
        (libraries / metadata.name).symlink_to(metadata, target_is_directory=True)
    for name in ("pip", "pip3"):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{programs}/python" -m pip "$@"\n')
        script.chmod(0o755)
    return programs


def outer_path() -> str:
    """The PATH of the cloud without its own virtual environment."""
    own = Path(sys.prefix) / "bin"
    return os.pathsep.join(one for one in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(one) != own)


def version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
