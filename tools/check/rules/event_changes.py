"""A schema must not change in a way that breaks a consumer or a producer: such a change needs a new event.

Each schema is compared with the one on the main branch (`tools.events.base_revision`), or at the revision that `BASE`
or `--base` names. An event can be deleted when no template's rule names it.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from tools.check.rules.documents import Document, Path, read
from tools.check.rules.event_schemas import common_definitions, schema_files
from tools.check.rules.findings import Finding, Repository
from tools.events.base_revision import Base, NoBase, UnknownRevision, is_sound, read_base
from tools.events.catalogue import consumers_of
from tools.events.compare import Breaks, Change, breaking, compare
from tools.events.schema import whole
from tools.project.problems import Problem
from tools.project.services import discover

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
    for service, file in schema_files(repository):
        event = PurePosixPath(file).stem
        document = read(repository, file)
        # The check of schemas reports files that are not schemas.
        if (service, event) not in base.schemas or isinstance(document, Finding):
            continue
        if not isinstance(document.data, Mapping) or not is_sound(document.data):
            continue
        for change in breaking(compare(base.schemas[service, event], whole(document.data, common))):
            yield document.finding(
                place(document, change.path),
                f"{event}: {described(change, service, consumers.get((service, event), ()))}",
                f"leave {event} unchanged and publish another event beside it, such as {next_name(event)}, "
                "until no rule names the old one",
            )


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
