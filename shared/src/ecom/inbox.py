"""Events that a consumer has handled, recorded in one transaction with the consumer's own writes.

EventBridge delivers events more than once and in any order. Choose by what the event means to the consumer:

- `once` for an event that counts each time (points for an order): repeats are dropped by the event's id.
- `newest` for an event that carries a state (where the order is): repeats and older events are dropped by
  `metadata.sequence`. `missed` in the result is the number of events in between.

Guarantee: the record and the writes happen together or not at all. A consumer that calls another system has no such
transaction: it passes `event.event_id` as the idempotency key and records the event after the call; `knows` then saves
the call for a repeat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import Item, Table, TransactionFailed, Write, can_be_key, transact
from ecom.errors import InvalidEvent, TryAgain
from ecom.events import TOO_LARGE, IncomingEvent
from ecom.limits import MAX_TRANSACTION_ITEMS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Event = IncomingEvent[Any]

# Longer than any event can be delivered again: dead letters are kept for 14 days, the archive keeps events for 30.
KEEP = timedelta(days=90)
MAX_ATTEMPTS = 5
MAX_WRITES = MAX_TRANSACTION_ITEMS - 1  # the record is one of the items


class Outcome(Enum):
    HANDLED = "handled"
    REPEAT = "repeat"  # handled before; nothing was written
    STALE = "stale"  # a newer event was handled before; nothing was written


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missed` is the number of events between the last handled one and this. They may come later and are then stale,
    or have a detail-type that the consumer does not read."""

    outcome: Outcome
    missed: int = 0

    @property
    def is_new(self) -> bool:
        return self.outcome is Outcome.HANDLED


class Outdated(TryAgain):
    """A condition of the consumer's own writes did not hold. Nothing was written or recorded; decide again.

    `items` are the stored items, in the order of the writes; None for a write whose condition held.
    """

    def __init__(self, items: Sequence[Item | None] = ()) -> None:
        super().__init__("the items that this write was decided on have changed")
        self.items = tuple(items)


class Inbox(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def once(self, event: Event, *writes: Write) -> Verdict:
        """Write and record the event. HANDLED or REPEAT. At most 99 writes.

        Raises Outdated, or another TryAgain when the outcome is unknown.
        """

    def newest(self, event: Event, subject: str, *writes: Write) -> Verdict:
        """Write and record the event unless a newer one of its source about the subject was handled.

        An event without a sequence is handled as `once` does. Raises as `once` does.
        """

    def knows(self, event: Event) -> bool:
        """Whether `once` has recorded the event. `once` still decides between two concurrent deliveries.

        Raises InvalidEvent for an event that cannot be recorded.
        """


def sequence_of(event: Event) -> int | None:
    """The event's sequence, or None. Raises InvalidEvent if DynamoDB cannot store it."""
    sequence = event.sequence
    if sequence is not None and not 0 <= sequence < TOO_LARGE:
        raise InvalidEvent("metadata.sequence is out of range")
    return sequence


class InboxTable:
    """Records in a table with the key `id` and the TTL attribute `expiresAt`."""

    def __init__(
        self, client: "DynamoDBClient", table: str, now: Callable[[], datetime], keep: timedelta = KEEP
    ) -> None:
        self._table = Table(client, table)
        self._now = now
        self._keep = keep

    def once(self, event: Event, *writes: Write) -> Verdict:
        record = {"id": key_of("event", event.source, event.event_id), "expiresAt": self._expires()}
        written = self._write(self._table.put_entry(record, "attribute_not_exists(id)"), writes)
        return Verdict(Outcome.HANDLED if written else Outcome.REPEAT)

    def newest(self, event: Event, subject: str, *writes: Write) -> Verdict:
        sequence = sequence_of(event)
        if sequence is None:
            return self.once(event, *writes)
        key = key_of("newest", event.source, subject)
        for _ in Backoff(max_attempts=MAX_ATTEMPTS, first=0.0).attempts():
            record = self._table.get({"id": key})
            before = int(record["sequence"]) if record else None
            verdict = judge(before, sequence)
            if not verdict.is_new:
                return verdict
            if self._write(self._mark(key, sequence, before), writes):
                return verdict
            # A concurrent delivery recorded another event about the subject: judge again.
        raise TryAgain("too many events about one subject at the same time")

    def knows(self, event: Event) -> bool:
        return self._table.get({"id": key_of("event", event.source, event.event_id)}) is not None

    def _mark(self, key: str, sequence: int, before: int | None) -> Write:
        item = {"id": key, "sequence": sequence, "expiresAt": self._expires()}
        if before is None:
            return self._table.put_entry(item, "attribute_not_exists(id)")
        return self._table.put_entry(item, "#sequence = :before", before=before)

    def _write(self, record: Write, writes: Sequence[Write]) -> bool:
        """One transaction. False when the condition of the record does not hold. Raises Outdated."""
        if len(writes) > MAX_WRITES:
            raise ValueError(f"{len(writes)} writes: a transaction takes {MAX_WRITES} beside the record")
        try:
            transact(self._table.client, [record, *writes])
        except TransactionFailed as failure:
            if 0 in failure.items:
                return False
            raise Outdated([failure.items.get(position) for position in range(1, len(writes) + 1)]) from None
        return True

    def _expires(self) -> int:
        return int((self._now() + self._keep).timestamp())


def judge(before: int | None, sequence: int) -> Verdict:
    """Compare an event's sequence with the one handled before. The first event of a subject has missed none."""
    if before is None:
        return Verdict(Outcome.HANDLED)
    if sequence <= before:
        return Verdict(Outcome.REPEAT if sequence == before else Outcome.STALE)
    return Verdict(Outcome.HANDLED, missed=sequence - before - 1)


def key_of(kind: str, source: str, name: str) -> str:
    """The key of a record. Raises InvalidEvent if DynamoDB does not accept it."""
    key = f"{kind}#{source}#{name}"
    if not can_be_key(key):
        raise InvalidEvent("the event's id or subject is too long to be recorded")
    return key
