"""The envelope of every event on the bus, and its metadata.

`eventId` is derived from what caused the event, so that publishing again gives the same id; `sequence` is the item's
version, and absent for an item that somebody put into a table by hand.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecom import jsons
from ecom.errors import InvalidEvent
from ecom.schemas import Schemas
from ecom.times import in_utc

_NAMESPACE = uuid.UUID("5a1c1cf5-9bfb-4f29-8a4e-4a8a3f6f5f0e")


def event_id(source: str, cause: str) -> str:
    """The same cause gives the same id, whoever asks and how often."""
    return str(uuid.uuid5(_NAMESPACE, f"{source}:{cause}"))


@dataclass(frozen=True, slots=True)
class Metadata:
    event_id: str
    schema_version: str
    correlation_id: str
    sequence: int | None = None
    causation_id: str | None = None

    def as_detail(self) -> dict[str, Any]:
        known = {
            "eventId": self.event_id,
            "sequence": self.sequence,
            "schemaVersion": self.schema_version,
            "correlationId": self.correlation_id,
            "causationId": self.causation_id,
        }
        return {key: value for key, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """What a service has to say. `cause` is the id of what made it say so (a stream record, a message)."""

    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]
    metadata: Metadata

    def document(self) -> dict[str, Any]:
        """The event as a consumer sees it, less what EventBridge adds (id, time, account, region, version)."""
        return {
            "source": self.source,
            "detail-type": self.detail_type,
            "resources": list(self.resources),
            "detail": {**self.detail, "metadata": self.metadata.as_detail()},
        }


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """An event that fitted its schema. Metadata is empty when an older producer sent none."""

    id: str
    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]
    time: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        """The producer's id, else EventBridge's: what makes a repeat recognisable."""
        return str(self.metadata.get("eventId") or self.id)

    @property
    def correlation_id(self) -> str:
        return str(self.metadata.get("correlationId") or self.id)


def parse(raw: Any, schemas: Schemas) -> IncomingEvent:
    """Read an event from EventBridge, or raise InvalidEvent with the reason, whatever came in its place."""
    if not isinstance(raw, Mapping):
        raise InvalidEvent("not an event: no object")
    detail_type = raw.get("detail-type")
    if not isinstance(detail_type, str) or not isinstance(raw.get("source"), str):
        raise InvalidEvent("not an event: `source` and `detail-type` are missing")
    schemas.check(detail_type, raw)
    metadata = raw["detail"].get("metadata")
    try:
        time = in_utc(datetime.fromisoformat(str(raw.get("time"))))
    except (ValueError, OverflowError):
        raise InvalidEvent(f"{detail_type}: `time` is not a timestamp") from None
    return IncomingEvent(
        id=str(raw.get("id", "")),
        source=raw["source"],
        detail_type=detail_type,
        resources=tuple(raw.get("resources", ())),
        detail=raw["detail"],
        time=time,
        metadata=metadata if isinstance(metadata, Mapping) else {},
    )


def size_of(entry: Mapping[str, str]) -> int:
    """Bytes that EventBridge counts for an entry."""
    return sum(len(str(entry.get(key, "")).encode()) for key in ("Source", "DetailType", "Detail")) + 14


def entry_of(event: OutgoingEvent, bus: str) -> dict[str, Any]:
    """The entry of PutEvents."""
    document = event.document()
    return {
        "EventBusName": bus,
        "Source": document["source"],
        "DetailType": document["detail-type"],
        "Resources": document["resources"],
        "Detail": jsons.dumps(document["detail"]),
    }
