"""`make clean`: remove build results and caches. The local cloud's state and the virtual environments stay."""

import shutil
from pathlib import Path

from tools import ROOT
from tools.project.services import Service

CACHES = ("build", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def clean(service: Service) -> str:
    return _remove(service.build)


def clean_shared() -> str:
    return ", ".join(_remove(ROOT / name) for name in CACHES)


def _remove(folder: Path) -> str:
    if not folder.exists():
        return f"{folder.name}/ does not exist"
    shutil.rmtree(folder)
    return f"{folder.name}/ removed"
