"""A schema must not change in a way that breaks a consumer or a producer: such a change needs a new event.

Each schema is compared with the one on the main branch (`tools.events.base_revision`), or at the revision that `BASE`
or `--base` names. An event can be deleted when no template's rule names it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from tools.check.rules.documents import Document, Path, read
from tools.check.rules.event_schemas import COMMON, common_definitions, schema_files
from tools.check.rules.findings import Finding, Repository
from tools.events.base_revision import Base, NoBase, UnknownRevision, is_sound, read_base
from tools.events.catalogue import consumers_of
from tools.events.compare import Breaks, Change, breaking, compare
from tools.events.schema import whole
from tools.project.problems import Problem
from tools.project.services import discover

Definition = tuple[Document, Path]


@dataclass(frozen=True)
class Broken:
    """One breaking change of one event, and where its field is defined."""

    finding: Finding
    change: Change
    event: str
    readers: tuple[str, ...]
    definition: Definition


Consumers = Mapping[tuple[str, str], tuple[str, ...]]


def check_changes(repository: Repository) -> Iterator[Finding]:
    try:
        base = read_base(repository.root, repository.base)
    except UnknownRevision as unknown:
        yield Finding("BASE", 1, str(unknown), "fetch it, or name another")
        return
    except NoBase as reason:
        _remark(repository, f"events were not compared with their earlier versions: {reason}")
        return
    if base.remark:
        _remark(repository, f"not every change of an event was checked: {base.remark}")
    try:
        consumers: Consumers = consumers_of(discover(repository.root).values())
    except Problem:
        return  # the checks of templates and services report it
    yield from _changed(repository, base, consumers)
    yield from _deleted(repository, base, consumers)


def _remark(repository: Repository, what: str) -> None:
    if any(True for _ in schema_files(repository)):
        repository.remarks.append(f"{what}; BASE=<revision> names one to compare with")


def _changed(repository: Repository, base: Base, consumers: Consumers) -> Iterator[Finding]:
    common = common_definitions(repository)
    broken: dict[tuple[str, Path], list[Broken]] = {}
    for service, file in schema_files(repository):
        event = PurePosixPath(file).stem
        document = read(repository, file)
        # The check of schemas reports files that are not schemas.
        if (service, event) not in base.schemas or isinstance(document, Finding):
            continue
        if not isinstance(document.data, Mapping) or not is_sound(document.data):
            continue
        for change in breaking(compare(base.schemas[service, event], whole(document.data, common))):
            readers = consumers.get((service, event), ())
            finding = document.finding(
                place(document, change.path),
                f"{event}: {described(change, service, readers)}",
                f"leave {event} unchanged and publish another event beside it, such as {next_name(event)}, "
                "until no rule names the old one",
            )
            where = definition(repository, document, change.path)
            broken.setdefault((where[0].file, where[1]), []).append(Broken(finding, change, event, readers, where))
    for together in broken.values():
        cause = common_cause(together) if len(together) > 1 else None
        yield from (replace(each.finding, cause=cause) for each in together)


def common_cause(together: Sequence[Broken]) -> Finding:
    """One finding for all changes that come from one field, where it is defined."""
    document, path = together[0].definition
    effects = ", ".join(dict.fromkeys(each.change.what for each in together))
    events = list(dict.fromkeys(each.event for each in together))
    readers = ", ".join(sorted({reader for each in together for reader in each.readers})) or "no consumer here"
    field = next((step for step in reversed(path) if isinstance(step, str) and step != "items"), "the event")
    return document.finding(
        path,
        f"{field} {effects}: breaks {', '.join(events)}; consumed by {readers}",
        f"leave it unchanged and publish another event beside each, such as {next_name(events[0])}, "
        "until no rule names the old one",
    )


def definition(repository: Repository, document: Document, path: str) -> Definition:
    """The file and place where a field of an event is defined; of a removed field, where it would be."""
    names = [] if path == "the event" else path.replace("[]", ".[]").split(".")
    found_in, place, missing = _deepest(repository, document, (), names)
    return found_in, (*place, *missing)


def _deepest(
    repository: Repository, document: Document, place: Path, names: Sequence[str]
) -> tuple[Document, Path, Sequence[str]]:
    """How far the names lead, through references and the members of `allOf`, and the names that are left."""
    node = document.data
    for step in place:
        node = node[step]
    here = (document, place, names)
    if not isinstance(node, Mapping):
        return here
    if isinstance(node.get("$ref"), str):
        file, _, name = node["$ref"].partition("#/definitions/")
        other = read(repository, COMMON) if file else document
        known = isinstance(other, Document) and name in other.data.get("definitions", {})
        return _deepest(repository, other, ("definitions", name), names) if known else here  # type: ignore[arg-type]  # `known`
    ways = [(*place, "allOf", number) for number, _ in enumerate(node.get("allOf", ()))]
    found = [_deepest(repository, document, way, names) for way in ways]
    below: Path = ("items",) if names and names[0] == "[]" else ("properties", *names[:1])
    if names and below[-1] in (node if below == ("items",) else node.get("properties", {})):
        found.append(_deepest(repository, document, (*place, *below), names[1:]))
    return min([*found, here], key=lambda each: len(each[2]))


def _deleted(repository: Repository, base: Base, consumers: Consumers) -> Iterator[Finding]:
    for service, event in sorted(base.schemas):
        file = f"{service}/events/{event}.json"
        waiting = consumers.get((service, event), ())
        looked_at = service in repository.chosen or repository.is_complete
        if waiting and looked_at and file not in repository.files:
            yield Finding(
                file,
                1,
                f"{event} was deleted, but a rule names it in {', '.join(waiting)}",
                "keep it until no rule does",
            )


def described(change: Change, service: str, consumers: tuple[str, ...]) -> str:
    """The change, and the services that it affects."""
    readers = ", ".join(consumers) or "no consumer in this checkout"
    if change.breaks is Breaks.PRODUCERS:
        return f"{change}: {service} and all archived events; consumed by {readers}"
    return f"{change}: {readers}"


def next_name(event: str) -> str:
    """OrderCreated -> OrderCreatedV2 -> OrderCreatedV3."""
    stem, mark, number = event.rpartition("V")
    return f"{stem}V{int(number) + 1}" if mark and number.isdigit() else f"{event}V2"


def place(document: Document, path: str) -> Path:
    """The path of the field in the file, up to the first reference to another file."""
    if path == "the event":
        return ()
    found: list[str | int] = []
    node: Any = document.data
    for name in path.replace("[]", ".[]").split("."):
        steps = ["items"] if name == "[]" else ["properties", name]
        for step in steps:
            if not isinstance(node, Mapping) or step not in node:
                return tuple(found)
            node = node[step]
        found += steps
    return tuple(found)
