"""Everything that is generated from the contracts: which files, and what must stand in them."""

from collections.abc import Iterator
from pathlib import Path

from tools.events import asyncapi, events_page, graphql_types, service_map
from tools.events.catalogue import read_common, read_events
from tools.events.python_types import modules
from tools.project.documents import ROOT
from tools.project.services import discover

MODELS = Path("shared") / "src" / "ecom" / "contracts"
PAGE, DOCUMENT = Path("docs") / "events.md", Path("docs") / "events" / "asyncapi.yaml"
MAP = Path("docs") / "events" / "service_map.svg"
GRAPHQL = Path("shared") / "src" / "ecom_client" / "graphql_types.py"
COMMAND = "python -m tools.events generate"


def wanted(root: Path = ROOT) -> dict[Path, str]:
    """Path from the root -> text."""
    services = discover(root)
    events = read_events(root, services)
    common = read_common(root)
    graphql = root / graphql_types.SCHEMA
    answers = {GRAPHQL: graphql_types.text(graphql.read_text(encoding="utf-8"))} if graphql.is_file() else {}
    return {
        **answers,
        **{MODELS / name: text for name, text in modules(events, common).items()},
        PAGE: events_page.text(events, common),
        DOCUMENT: asyncapi.text(events, common),
        MAP: service_map.text(events, services),
    }


def stale(root: Path = ROOT) -> Iterator[Path]:
    """Generated files that are not as they must be: missing, edited, out of date, or of a service that is gone."""
    texts = wanted(root)
    for path, text in texts.items():
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text:
            yield path
    yield from left_over(root, texts)


def left_over(root: Path, texts: dict[Path, str]) -> Iterator[Path]:
    for path in sorted((root / MODELS).glob("*.py")):
        relative = path.relative_to(root)
        if path.name != "__init__.py" and relative not in texts:
            yield relative


def write(root: Path = ROOT) -> list[Path]:
    """Write what is not as it must be; answer it. What is right is not touched."""
    texts = wanted(root)
    changed = list(stale(root))
    for relative in changed:
        path = root / relative
        if relative not in texts:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[relative], encoding="utf-8")
    return changed
