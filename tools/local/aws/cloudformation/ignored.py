"""The properties of templates that the local cloud accepts without effect.

There are two kinds: properties that no provisioner read (found by `recording`), and properties that are stored but
change nothing here (`no_effect.WITHOUT_EFFECT`). They are kept per resource as long as it exists, and in `ignored.json`
of the cloud's folder, so that they survive a restart.
"""

import contextlib
import json
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import Notes, Properties, Resource
from tools.local.aws.cloudformation.no_effect import (
    UNREAD,
    is_honoured_elsewhere,
    values_without_effect,
    why_without_effect,
)
from tools.local.aws.cloudformation.recording import Recording, paths

FILE_NAME = "ignored.json"

logger = logging.getLogger("ecom.ignored")


@dataclass(frozen=True, order=True)
class Ignored:
    """One property of one resource that has no effect here."""

    stack: str
    logical_id: str
    type_name: str
    property: str
    reason: str


@dataclass
class _Record:
    """One resource, with the field names of `ignored.json`. `asked` are stored properties without effect."""

    type_name: str
    physical_id: str
    unread: list[str]
    asked: list[str]


class IgnoredProperties:
    """Observes CloudFormation. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._lock = threading.Lock()
        self._records: dict[tuple[str, str], _Record] = {}
        for entry in _read(self._file):
            key = entry.pop("stack"), entry.pop("logical_id")
            self._records[key] = _Record(**entry)

    # --- the Observer interface ---

    def wrap(self, properties: Properties) -> tuple[Properties, Notes | None]:
        if isinstance(properties, Recording):
            return properties, None
        recording = Recording(properties)
        return recording, recording.notes

    def created(self, resource: Resource, notes: Notes) -> None:
        self._put(resource, notes.unread(), _with_reason(resource, notes))

    def updated(self, resource: Resource, old: Properties, notes: Notes) -> None:
        """Note the unread properties. An update reads only what it changes, so an unread property is ignored only if it
        was ignored before or is new."""
        with self._lock:
            before = self._records.get((resource.stack, resource.logical_id))
        known, had = set(before.unread if before else ()), set(paths(old))
        unread = [path for path in notes.unread() if path in known or path not in had]
        self._put(resource, unread, _with_reason(resource, notes))

    def deleted(self, resource: Resource) -> None:
        key = (resource.stack, resource.logical_id)
        with self._lock:
            record = self._records.get(key)
            if record is None or record.physical_id != resource.physical_id:
                return  # the resource that a replacement replaced
            del self._records[key]
            self._save()

    def _put(self, resource: Resource, unread: list[str], requested: list[str]) -> None:
        record = _Record(resource.type_name, resource.physical_id, unread, requested)
        with self._lock:
            self._records[resource.stack, resource.logical_id] = record
            self._save()
        found = [one for one in self.all(resource.stack) if one.logical_id == resource.logical_id]
        if found:
            logger.info("%s: %s", resource.stack, "; ".join(lines(found)))

    def _save(self) -> None:
        entries = [
            {"stack": stack, "logical_id": logical_id, **asdict(record)}
            for (stack, logical_id), record in self._records.items()
        ]
        temporary = self._file.with_suffix(".tmp")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(entries), encoding="utf-8")
        temporary.replace(self._file)

    # --- queries ---

    def all(self, stack: str | None = None) -> list[Ignored]:
        """The properties without effect: of one stack with its nested ones, or of all."""
        nested = re.compile(rf"{re.escape(stack or '')}-[A-Z][A-Za-z0-9]*-.+")
        with self._lock:
            records = list(self._records.items())
        return sorted(
            one
            for (of, logical_id), record in records
            if stack in (None, of) or nested.fullmatch(of)
            for one in _ignored(of, logical_id, record)
        )


def _with_reason(resource: Resource, notes: Notes) -> list[str]:
    requested = [path for path in notes.requested if why_without_effect(resource.type_name, path)]
    return requested + values_without_effect(resource.type_name, notes.texts, notes.requested)


def _ignored(stack: str, logical_id: str, record: _Record) -> Iterator[Ignored]:
    for path in record.unread:
        if not is_honoured_elsewhere(record.type_name, path):
            reason = why_without_effect(record.type_name, path) or UNREAD
            yield Ignored(stack, logical_id, record.type_name, path, reason)
    for path in record.asked:
        reason = why_without_effect(record.type_name, path)
        if reason and path not in record.unread:
            yield Ignored(stack, logical_id, record.type_name, path, reason)


def _read(file: Path) -> list[dict[str, Any]]:
    with contextlib.suppress(FileNotFoundError):
        entries: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        return entries
    return []


def from_folder(folder: Path, stack: str | None = None) -> list[Ignored]:
    """The properties that the cloud of `folder` ignores, whether it runs or not."""
    return IgnoredProperties(folder).all(stack)


def lines(ignored: Iterable[Ignored]) -> list[str]:
    """One short line per type: `AWS::DynamoDB::Table: SSESpecification (no encryption at rest here)`."""
    by_type: dict[str, dict[str, list[str]]] = {}
    for one in ignored:
        names = by_type.setdefault(one.type_name, {}).setdefault(one.reason, [])
        if one.property not in names:
            names.append(one.property)
    return [
        f"{type_name}: " + "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())
        for type_name, reasons in sorted(by_type.items())
    ]


def report(ignored: Iterable[Ignored]) -> str:
    """The lines with a heading, as text for users."""
    found = lines(ignored)
    return "\n".join(
        ["properties without effect here:", *(f"  {line}" for line in found)] if found else ["nothing ignored"]
    )
