"""The events of the checkout with their meaning, producer, consumers, schema and examples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.events.schema import whole
from tools.project.documents import read_json
from tools.project.services import Service, of_platform

COMMON = Path("shared") / "schemas" / "common.json"


@dataclass(frozen=True)
class Example:
    """An event as it is sent. `variant` is the end of the file's name, in words."""

    file: Path
    variant: str
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """One detail-type: the schema in its file, its producer, consumers and examples."""

    name: str
    service: str
    owner: str
    file: Path
    schema: Mapping[str, Any]
    common: Mapping[str, Any]
    consumers: tuple[str, ...]
    examples: tuple[Example, ...]
    refused: tuple[Example, ...]

    @property
    def source(self) -> str:
        return f"ecommerce.{self.service}"

    @property
    def description(self) -> str:
        return str(self.schema.get("description", ""))

    @property
    def ordering_key(self) -> str:
        return str(self.schema.get("x-ordering-key", ""))

    @cached_property
    def whole(self) -> dict[str, Any]:
        """The schema without references."""
        return whole(self.schema, self.common)


def read_events(root: Path = ROOT, services: Mapping[str, Service] | None = None) -> list[Event]:
    """Every event of every service, by service and name."""
    known = of_platform(root) if services is None else services
    common = read_common(root)
    consumers = consumers_of(known.values())
    return [
        Event(
            name=file.stem,
            service=service.name,
            owner=str(service.metadata.get("owner", service.name)),
            file=file.relative_to(root),
            schema=read_json(file),
            common=common,
            consumers=consumers.get((service.name, file.stem), ()),
            examples=_examples(root, file, "examples"),
            refused=_examples(root, file, "refused"),
        )
        for service in known.values()
        for file in sorted((service.folder / "events").glob("*.json"))
    ]


def read_common(root: Path = ROOT) -> dict[str, Any]:
    """The definitions of the common file."""
    path = root / COMMON
    definitions: dict[str, Any] = read_json(path)["definitions"] if path.is_file() else {}
    return definitions


def consumers_of(services: Iterable[Service]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(producer, detail-type) -> the services with a rule for it."""
    found: dict[tuple[str, str], set[str]] = {}
    for service in services:
        for event in service.consumed_events if service.template_path.is_file() else ():
            found.setdefault(event, set()).add(service.name)
    return {event: tuple(sorted(names)) for event, names in found.items()}


def _examples(root: Path, file: Path, folder: str) -> tuple[Example, ...]:
    files = [*(file.parent / folder).glob(f"{file.stem}.json"), *(file.parent / folder).glob(f"{file.stem}-*.json")]
    return tuple(
        Example(each.relative_to(root), each.stem[len(file.stem) + 1 :].replace("-", " "), read_json(each))
        for each in sorted(files, key=lambda each: (each.stem != file.stem, each.stem))
    )
