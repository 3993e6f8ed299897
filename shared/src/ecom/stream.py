"""From a table's stream to events on the bus.

Guarantees: each record's events are published at least once, per item in order; a record that can never be published
goes to the dead-letter queue with its reason and holds nobody up; any other failure reports its record, from which
the stream is read again. Publishing a record twice gives the same `eventId`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom.dead_letters import DeadLetters
from ecom.dynamo import Item, plain
from ecom.errors import InvalidEvent, Poison
from ecom.events import Metadata, OutgoingEvent, event_id
from ecom.publish import Publisher, PublishFailed

# EventBridge takes no larger whole number; one put by hand is not ours to announce.
MAX_SEQUENCE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """One record of a stream: what an item was and is. `old` is None when it is new, `new` when it is gone."""

    record_id: str
    source: str
    keys: Item
    old: Item | None
    new: Item | None

    def metadata(self, schema_version: str) -> Metadata:
        image = self.new or self.old or {}
        version = image.get("version")
        own_id = event_id(self.source, self.record_id)
        return Metadata(
            event_id=own_id,
            schema_version=schema_version,
            correlation_id=str(image.get("correlationId") or own_id),
            sequence=version if type(version) is int and 0 <= version <= MAX_SEQUENCE else None,
        )


def read_change(record: Mapping[str, Any], source: str) -> Change:
    stream = record["dynamodb"]
    return Change(
        record_id=str(record["eventID"]),
        source=source,
        keys=plain(stream.get("Keys", {})),
        old=plain(stream["OldImage"]) if "OldImage" in stream else None,
        new=plain(stream["NewImage"]) if "NewImage" in stream else None,
    )


def publish_changes(
    records: Sequence[Mapping[str, Any]],
    source: str,
    events_of: Callable[[Change], Sequence[OutgoingEvent]],
    publisher: Publisher,
    dead_letters: DeadLetters,
) -> dict[str, list[dict[str, str]]]:
    """Publish what the records mean; answer the stream's partial batch response."""
    outgoing: list[OutgoingEvent] = []
    cause: list[Mapping[str, Any]] = []  # the record of each outgoing event
    for record in records:
        try:
            events = list(events_of(read_change(record, source)))
            for event in events:
                publisher.check(event)
        except Poison as error:
            dead_letters.send(record, error)
            continue
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            # An item put by hand can hold anything; what our rules cannot read is as hopeless as what a schema refuses.
            dead_letters.send(record, InvalidEvent(f"unreadable item: {type(error).__name__}"))
            continue
        outgoing += events
        cause += [record] * len(events)
    try:
        publisher.publish(outgoing)
    except PublishFailed as failure:
        first = cause[min(failure.failed)]
        # The stream goes back to the lowest number reported; what follows it is published again, with the same ids.
        return {"batchItemFailures": [{"itemIdentifier": str(first["dynamodb"]["SequenceNumber"])}]}
    return {"batchItemFailures": []}


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Names of what differs, dotted when nested, sorted."""
    names: list[str] = []
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        if before == after and (key in old) == (key in new):
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            names += changed_fields(before, after, f"{prefix}{key}.")
        else:
            names.append(f"{prefix}{key}")
    return names
