"""A record is a text that a caller writes. Put the rules of the service here. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from search_service.errors import NoSuchRecord


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A consumed event: its kind, and the id of its subject."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Record:
    """How often each kind of event occurred. `version` counts the changes."""

    id: str
    counts: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    text: str = ""

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def add_occurrence(record: Record | None, occurrence: Occurrence) -> Record:
    """The record with the occurrence counted. The order of occurrences does not matter."""
    before = record or Record(occurrence.subject)
    counts = {**before.counts, occurrence.kind: before.counts.get(occurrence.kind, 0) + 1}
    return replace(before, counts=counts, version=before.version + 1)


def write_text(record: Record | None, record_id: str, text: str) -> Record:
    """The record with this text. The same text again changes nothing."""
    before = record or Record(record_id)
    if before.text == text:
        return before
    return replace(before, text=text, version=before.version + 1)


def existing(record: Record | None) -> Record:
    if record is None:
        raise NoSuchRecord
    return record
