"""The envelope of every event on the bus, and its metadata.

`eventId` is derived from the cause of the event, so that publishing again gives the same id. `sequence` is the item's
version; an item that was written manually has none.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from ecom import jsons, tracing
from ecom.errors import InvalidEvent
from ecom.schemas import Schemas
from ecom.times import in_utc

Detail = TypeVar("Detail")
# A DynamoDB number has 38 digits.
TOO_LARGE = 10**38
# Characters of a name or id in a log line; longer ones are none of ours.
LOGGED = 300
_NAMESPACE = uuid.UUID("5a1c1cf5-9bfb-4f29-8a4e-4a8a3f6f5f0e")


def event_id(source: str, cause: str) -> str:
    """The same cause always gives the same id."""
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
            "traceId": tracing.trace_of(self.correlation_id) or None,
            "causationId": self.causation_id,
        }
        return {key: value for key, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event to be published."""

    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]
    metadata: Metadata

    def document(self) -> dict[str, Any]:
        """The event as consumers receive it, without what EventBridge adds (id, time, account, region, version)."""
        return {
            "source": self.source,
            "detail-type": self.detail_type,
            "resources": list(self.resources),
            "detail": {**self.detail, "metadata": self.metadata.as_detail()},
        }


@dataclass(frozen=True, slots=True)
class IncomingEvent(Generic[Detail]):
    """An event that fits its schema. `detail` has the type of `ecom.contracts`: IncomingEvent[PackageCreated].

    Metadata is empty when an older producer sent none.
    """

    id: str
    source: str
    detail_type: str
    resources: tuple[str, ...]
    detail: Detail
    time: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        """The producer's id, else EventBridge's. A repeat has the same id."""
        return str(self.metadata.get("eventId") or self.id)

    @property
    def correlation_id(self) -> str:
        return str(self.metadata.get("correlationId") or self.id)

    @property
    def sequence(self) -> int | None:
        """The version of the item that the event is about; None when the producer sent none."""
        sequence = self.metadata.get("sequence")
        if isinstance(sequence, float | Decimal):  # 7 and 7.0 are the same number in JSON
            number = Decimal(sequence)
            return int(number) if number.is_finite() and number == number.to_integral_value() else None
        return sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else None


def parse(raw: Any, schemas: Schemas) -> IncomingEvent[Any]:
    """Parse an event from EventBridge, checked against its schema. Raises InvalidEvent with the reason, also for a
    sequence that no table can store."""
    if not isinstance(raw, Mapping):
        raise InvalidEvent("not an event: not a JSON object")
    detail_type = raw.get("detail-type")
    if not isinstance(detail_type, str) or not isinstance(raw.get("source"), str):
        raise InvalidEvent("not an event: `source` and `detail-type` are missing")
    schemas.check(detail_type, raw)
    metadata = raw["detail"].get("metadata")
    try:
        time = in_utc(datetime.fromisoformat(str(raw.get("time"))))
    except (ValueError, OverflowError):
        raise InvalidEvent(f"{detail_type}: `time` is not a timestamp") from None
    metadata = metadata if isinstance(metadata, Mapping) else {}
    sequence = metadata.get("sequence")
    if isinstance(sequence, int | float | Decimal) and not -TOO_LARGE < sequence < TOO_LARGE:
        raise InvalidEvent(f"{detail_type}: metadata.sequence is out of range")
    return IncomingEvent(
        id=str(raw.get("id", "")),
        source=raw["source"],
        detail_type=detail_type,
        resources=tuple(raw.get("resources", ())),
        detail=raw["detail"],
        time=time,
        metadata=metadata,
    )


def names_of(raw: Any) -> dict[str, str]:
    """What logs say of an event, valid or not: its detail-type, what it is about, its ids. Nothing of its detail."""
    if not isinstance(raw, Mapping):
        return {}
    detail = raw.get("detail")
    metadata = detail.get("metadata") if isinstance(detail, Mapping) else None
    ids = metadata if isinstance(metadata, Mapping) else {}
    resources = raw.get("resources")
    known = {
        "event": raw.get("detail-type"),
        "about": " ".join(map(str, resources)) if isinstance(resources, list | tuple) else None,
        "event_id": ids.get("eventId") or raw.get("id"),
        "correlation_id": ids.get("correlationId"),
    }
    return {name: value for name, value in known.items() if isinstance(value, str) and value and len(value) <= LOGGED}


def size_of(entry: Mapping[str, Any]) -> int:
    """Bytes that EventBridge counts for an entry: its texts, its resources, and 14 for a time."""
    texts = [entry.get(key, "") for key in ("Source", "DetailType", "Detail")] + list(entry.get("Resources", ()))
    return sum(len(str(text).encode()) for text in texts) + (14 if "Time" in entry else 0)


def entry_of(event: OutgoingEvent, bus: str) -> dict[str, Any]:
    """The entry of PutEvents. Its trace header, which goes to the targets, replaces that of the request."""
    document = event.document()
    trace = tracing.header_value(event.metadata.correlation_id)
    return {
        **({"TraceHeader": trace} if trace else {}),
        "EventBusName": bus,
        "Source": document["source"],
        "DetailType": document["detail-type"],
        "Resources": document["resources"],
        "Detail": jsons.dumps(document["detail"]),
    }
