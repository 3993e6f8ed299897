"""`make clean`: remove what building and checking made. The local cloud's state and the environments stay."""

import shutil
from pathlib import Path

from tools.project.documents import ROOT
from tools.project.services import Service

CACHES = ("build", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")


def clean(service: Service) -> str:
    return _remove(service.build)


def clean_shared() -> str:
    return ", ".join(_remove(ROOT / name) for name in CACHES)


def _remove(folder: Path) -> str:
    if not folder.exists():
        return f"{folder.name}/ was not there"
    shutil.rmtree(folder)
    return f"{folder.name}/ removed"
