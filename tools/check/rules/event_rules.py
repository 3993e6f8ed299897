"""A rule names each source and detail-type of our events in full, and a schema exists for each.

The consumers of an event follow from rules: package schemas, the catalogue, the map and the check of changes read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.check.rules.documents import Document, read_template
from tools.check.rules.findings import Finding, Repository
from tools.project.services import patterns

OURS = "ecommerce."
# A consumer of all events, such as the listener for tests, depends on no field of a single event.
EVERYTHING = {"source": [{"prefix": OURS}]}


def check_rules(repository: Repository) -> Iterator[Finding]:
    known = {
        (file.split("/")[0], file.split("/")[-1].removesuffix(".json"))
        for file in repository.files
        if file.count("/") == 2 and "/events/" in file and file.endswith(".json")
    }
    for service in repository.chosen:
        document = read_template(repository, service)
        if document and _is_template(document.data):
            for place, pattern in patterns(document.data).items():
                yield from _of_rule(document, place, pattern, known)


def _of_rule(
    document: Document, place: tuple[str, ...], pattern: Mapping[str, Any], known: set[tuple[str, str]]
) -> Iterator[Finding]:
    sources, names = _list(pattern.get("source")), _list(pattern.get("detail-type"))
    if pattern == EVERYTHING or not any(OURS in str(source) for source in sources):
        return  # events of AWS or of others, for which there are no schemas here
    if not all(isinstance(each, str) for each in (*sources, *names)) or not names:
        yield document.finding(
            place, "does not name its events in full", "name each source and detail-type; filter by the detail"
        )
        return
    for source in sources:
        for name in names:
            if (source.removeprefix(OURS), name) not in known:
                yield document.finding(
                    place,
                    f"names {name} of {source}, which has no schema",
                    "correct the name, or write one rule for each source",
                )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_template(data: Any) -> bool:
    resources = data.get("Resources") if isinstance(data, Mapping) else None
    return isinstance(resources, Mapping) and all(
        isinstance(resource, Mapping) and isinstance(resource.get("Type"), str) for resource in resources.values()
    )
