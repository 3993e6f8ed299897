"""The build of the console's pages: once per version of their sources, on the first visit."""

from collections.abc import Mapping
from pathlib import Path

from tools.local.web.build import Build

SOURCES = Path(__file__).parent / "web"


def console_build(folder: Path, environ: Mapping[str, str]) -> Build:
    """Builds into the cloud's folder. `environ` reaches the package registries."""
    return Build(folder / "console", environ, SOURCES, node_place(folder))


def node_place(folder: Path) -> Path:
    """Where a cloud keeps Node if it is not installed."""
    return folder / "node"
