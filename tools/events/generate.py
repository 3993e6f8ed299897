"""The files that are generated from the contracts, and their content."""

from collections.abc import Iterator
from pathlib import Path

from tools import ROOT
from tools.events import asyncapi, events_page, figures, graphql_types, service_map, state_machines
from tools.events.catalogue import read_common, read_events
from tools.events.python_types import modules
from tools.project.services import of_platform

MODELS = Path("shared") / "src" / "ecom" / "contracts"
PAGE, DOCUMENT = Path("docs") / "events.md", Path("docs") / "events" / "asyncapi.yaml"
MAP = Path("docs") / "events" / "service_map.svg"
GRAPHQL = Path("shared") / "src" / "ecom_client" / "graphql_types.py"
COMMAND = "python -m tools.events generate"


def wanted(root: Path = ROOT, tests: int | None = None) -> dict[Path, str]:
    """Path from the root -> content. `tests`: the number of tests for README.md; without it the number stays."""
    services = of_platform(root)
    events = read_events(root, services)
    common = read_common(root)
    graphql = root / graphql_types.SCHEMA
    answers = {GRAPHQL: graphql_types.text(graphql.read_text(encoding="utf-8"))} if graphql.is_file() else {}
    readme = root / figures.README
    if readme.is_file():
        decisions = list((root / "docs" / "adr").glob("[0-9]*.md"))
        answers[figures.README] = figures.text(readme.read_text(encoding="utf-8"), services, events, decisions, tests)
    return {
        **answers,
        **state_machines.readmes(root, services),
        **{MODELS / name: text for name, text in modules(events, common).items()},
        PAGE: events_page.text(events, common),
        DOCUMENT: asyncapi.text(events, common),
        MAP: service_map.text(events, services),
    }


def stale(root: Path = ROOT, tests: int | None = None) -> Iterator[Path]:
    """Generated files that are missing, edited, out of date, or of a deleted service."""
    texts = wanted(root, tests)
    for path, text in texts.items():
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text:
            yield path
    yield from left_over(root, texts)


def left_over(root: Path, texts: dict[Path, str]) -> Iterator[Path]:
    for path in sorted((root / MODELS).glob("*.py")):
        relative = path.relative_to(root)
        if path.name != "__init__.py" and relative not in texts:
            yield relative


def write(root: Path = ROOT, tests: int | None = None) -> list[Path]:
    """Write the stale files and return their paths. Files that are up to date are not written."""
    texts = wanted(root, tests)
    changed = list(stale(root, tests))
    for relative in changed:
        path = root / relative
        if relative not in texts:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[relative], encoding="utf-8")
    return changed
