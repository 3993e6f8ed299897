"""From a table's stream to events on the bus.

Guarantees: the events of each record are published at least once, those of one item in the order of its changes. A
record that can never be published goes to the dead-letter queue with its reason and does not block its shard. For any
other failure Lambda reads the stream again from the failed record. Publishing a record again gives the same `eventId`.
Business metrics are counted when the batch response says that their record is done (`ecom.business_metrics`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom.business_metrics import BusinessMetric, Published
from ecom.dead_letters import DeadLetters
from ecom.dynamo import Item, plain
from ecom.errors import InvalidEvent, Poison
from ecom.events import Metadata, OutgoingEvent, event_id
from ecom.observability import describe, logger
from ecom.publish import Publisher, PublishFailed

EventsOf = Callable[["Change"], Sequence[OutgoingEvent]]
MetricsOf = Callable[["Change", OutgoingEvent], Sequence[BusinessMetric]]
# The largest integer that EventBridge accepts in an event.
MAX_SEQUENCE = 2**63 - 1
# What reading an item raises that does not have the form of the service's items.
UNREADABLE = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Change:
    """One stream record: the item before and after. `old` is None for a new item, `new` for a deleted one."""

    record_id: str
    source: str
    keys: Item
    old: Item | None
    new: Item | None

    def metadata(self, schema_version: str) -> Metadata:
        image = self.new or self.old or {}
        version = image.get("version")
        if self.new is None and type(version) is int:
            version += 1  # the deletion comes after the item's last change, so its event has a sequence of its own
        own_id = event_id(self.source, self.record_id)
        return Metadata(
            event_id=own_id,
            schema_version=schema_version,
            correlation_id=str(image.get("correlationId") or own_id),
            sequence=version if type(version) is int and 0 <= version <= MAX_SEQUENCE else None,
        )

    def event(
        self, detail_type: str, resource: str, detail: Mapping[str, Any], schema_version: str = "1"
    ) -> OutgoingEvent:
        """An event that this change causes; `resource` is the id of what it is about."""
        return OutgoingEvent(self.source, detail_type, (resource,), detail, self.metadata(schema_version))


def read_change(record: Mapping[str, Any], source: str) -> Change:
    stream = record["dynamodb"]
    return Change(
        record_id=str(record["eventID"]),
        source=source,
        keys=plain(stream.get("Keys", {})),
        old=plain(stream["OldImage"]) if "OldImage" in stream else None,
        new=plain(stream["NewImage"]) if "NewImage" in stream else None,
    )


def no_metrics(_change: Change, _event: OutgoingEvent) -> Sequence[BusinessMetric]:
    return ()


def count_nothing(_records: Sequence[Published]) -> None:
    pass


def publish_changes(
    records: Sequence[Mapping[str, Any]],
    source: str,
    events_of: EventsOf,
    publisher: Publisher,
    dead_letters: DeadLetters,
    metrics_of: MetricsOf = no_metrics,
    count: Callable[[Sequence[Published]], None] = count_nothing,
) -> dict[str, list[dict[str, str]]]:
    """Publish the events of the records, and count the metrics of the records that are done. Return the stream's
    partial batch response."""
    outgoing: list[OutgoingEvent] = []
    cause: list[int] = []  # the position in `done` of each outgoing event's record
    done: list[tuple[Mapping[str, Any], Published]] = []
    for record in records:
        try:
            change = read_change(record, source)
            events = list(events_of(change))
            for event in events:
                publisher.check(event)
        except Poison as error:
            dead_letters.send(record, error)
            continue
        except UNREADABLE as error:
            # An item that was written manually can hold anything. No retry makes it readable.
            dead_letters.send(record, InvalidEvent(f"unreadable item: {type(error).__name__}"))
            continue
        outgoing += events
        cause += [len(done)] * len(events)
        metrics = _metrics(change, events, metrics_of)
        done.append(
            (record, Published(change.record_id, metrics, record["dynamodb"].get("ApproximateCreationDateTime")))
        )
    try:
        publisher.send(outgoing)
    except PublishFailed as failure:
        first = cause[min(failure.failed)]
        count([published for _, published in done[:first]])
        # Lambda reads again from the lowest sequence number reported. Later records are published again, same ids.
        return {"batchItemFailures": [{"itemIdentifier": str(done[first][0]["dynamodb"]["SequenceNumber"])}]}
    count([published for _, published in done])
    return {"batchItemFailures": []}


def _metrics(change: Change, events: Sequence[OutgoingEvent], metrics_of: MetricsOf) -> list[BusinessMetric]:
    """No metrics when the items cannot be read, as after a manual change: the events are published all the same."""
    try:
        return [metric for event in events for metric in metrics_of(change, event)]
    except UNREADABLE as error:
        logger().warning("metrics not counted", extra=describe(error))
        return []


def for_each_record(
    records: Sequence[Mapping[str, Any]], handle: Callable[[Mapping[str, Any]], None]
) -> dict[str, list[dict[str, str]]]:
    """Handle the records in order, up to one that fails. Return the stream's partial batch response: Lambda reads again
    from the record that failed, so a repeat must change nothing."""
    for record in records:
        try:
            handle(record)
        except Exception as error:  # whatever it is, Lambda must not read the records before this one again
            logger().error("a record of the stream was not handled", extra=describe(error))
            return {"batchItemFailures": [{"itemIdentifier": str(record["dynamodb"]["SequenceNumber"])}]}
    return {"batchItemFailures": []}


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The names of the fields that differ, dotted when nested, sorted."""
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
