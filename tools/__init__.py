"""The tools behind the Makefile, in one package for each thing that a user does. Services never import them.

The packages of this checkout are not installed: importing `tools` puts their folders at the end of `sys.path`, for
every tool and, through conftest.py, for every test (ADR 0017).
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def source_folders(root: Path) -> list[str]:
    """`shared/src` and the `src` of every service, in alphabetical order."""
    return [str(folder) for folder in sorted(root.glob("*/src"))]


sys.path += [folder for folder in source_folders(ROOT) if folder not in sys.path]
