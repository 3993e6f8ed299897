"""What a consumer has handled, noted in one transaction with what it wrote because of it.

Events come more than once and in any order. What to do about it depends on what the event is to the consumer:

- a fact, of which every one counts (points for an order): `once` drops repeats, by the event's id;
- news of a state, of which only the newest counts (where the order stands): `newest` drops repeats and what is older
  than what was handled, by `metadata.sequence`, and tells how many steps were missed in between.

Guarantees: the note and the writes happen together or not at all, so that a crash between them cannot be. A consumer
that calls somebody else has no such transaction: it hands on `event.event_id` as its idempotency key, and notes the
event after the call. `knows` then spares it the call for what comes again, even when they have forgotten the key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from ecom.dynamo import Item, can_be_key, plain, typed
from ecom.errors import InvalidEvent, TryAgain
from ecom.events import IncomingEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than anything can be delivered again: queues hold dead letters for 14 days, the archive events for 30.
KEEP = timedelta(days=90)
TRIES = 5
# DynamoDB's numbers have 38 digits, and its transactions 100 entries: the note is one of them.
TOO_LARGE = 10**38
MOST_WRITES = 99
_BUSY = frozenset(
    [
        "TransactionConflict",
        "TransactionInProgressException",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    ]
)

# An entry of TransactWriteItems: {"Put": {...}}, {"Update": {...}}, {"Delete": {...}} or {"ConditionCheck": {...}}.
Write = Mapping[str, Any]


class Outcome(Enum):
    """What became of an event."""

    HANDLED = "handled"
    REPEAT = "repeat"  # it was handled before; nothing was written
    STALE = "stale"  # something newer was handled before; nothing was written


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missed`: steps between what was handled before and this event. They may come later, and will then be stale; or
    they are of a detail-type that the consumer does not wait for."""

    outcome: Outcome
    missed: int = 0

    @property
    def is_new(self) -> bool:
        return self.outcome is Outcome.HANDLED


class Outdated(TryAgain):
    """A condition of the consumer's own writes did not hold; nothing was written or noted. Decide again.

    `items` are the items that stood in the way, in the order of the writes, None for those that did not; they are there
    when the write asked for them (`ReturnValuesOnConditionCheckFailure`).
    """

    def __init__(self, items: Sequence[Item | None] = ()) -> None:
        super().__init__("somebody else changed what this write was decided on")
        self.items = tuple(items)


class Inbox(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def once(self, event: IncomingEvent, *writes: Write) -> Verdict:
        """Write, and note the event; HANDLED or REPEAT. At most 99 writes.

        Raises Outdated, or TryAgain when the outcome is unknown.
        """

    def newest(self, event: IncomingEvent, subject: str, *writes: Write) -> Verdict:
        """Write, and note the event, if nothing newer of its source about the subject was handled.

        An event without a sequence is not known to be old: it is handled once. Raises as `once` does.
        """

    def knows(self, event: IncomingEvent) -> bool:
        """Whether `once` has noted the event. Two at once may both hear no: whether to write, `once` decides.

        Raises InvalidEvent for what could not be noted.
        """


def sequence_of(event: IncomingEvent) -> int | None:
    """The place of the event among those of its subject; None when the producer did not say.

    Raises InvalidEvent for one that cannot be noted, so that it is put away at once and not tried again.
    """
    sequence = event.metadata.get("sequence")
    if isinstance(sequence, float) and sequence.is_integer():  # JSON knows no difference between 7 and 7.0
        sequence = int(sequence)
    if not isinstance(sequence, int) or isinstance(sequence, bool):
        return None
    if not 0 <= sequence < TOO_LARGE:
        raise InvalidEvent("metadata.sequence is no number from 0 on that a table takes")
    return sequence


class InboxTable:
    """Notes in a table with the key `id` and the TTL attribute `expiresAt`."""

    def __init__(
        self, client: "DynamoDBClient", table: str, now: Callable[[], datetime], keep: timedelta = KEEP
    ) -> None:
        self._client = client
        self._table = table
        self._now = now
        self._keep = keep

    def once(self, event: IncomingEvent, *writes: Write) -> Verdict:
        note = {
            "Item": typed({"id": key_of("event", event.source, event.event_id), "expiresAt": self._expires()}),
            "ConditionExpression": "attribute_not_exists(id)",
        }
        return Verdict(Outcome.HANDLED if self._write(note, writes) else Outcome.REPEAT)

    def newest(self, event: IncomingEvent, subject: str, *writes: Write) -> Verdict:
        sequence = sequence_of(event)
        if sequence is None:
            return self.once(event, *writes)
        key = key_of("newest", event.source, subject)
        for _ in range(TRIES):
            before = self._handled(key)
            verdict = judge(before, sequence)
            if not verdict.is_new:
                return verdict
            if self._write(self._mark(key, sequence, before), writes):
                return verdict
            # Another event about the subject was handled meanwhile: judge again.
        raise TryAgain("too many events about one subject at this moment")

    def knows(self, event: IncomingEvent) -> bool:
        return self._note(key_of("event", event.source, event.event_id)) is not None

    def _handled(self, key: str) -> int | None:
        note = self._note(key)
        return int(note["sequence"]) if note else None

    def _note(self, key: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=typed({"id": key}), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _mark(self, key: str, sequence: int, before: int | None) -> dict[str, Any]:
        item = {"Item": typed({"id": key, "sequence": sequence, "expiresAt": self._expires()})}
        if before is None:
            return {**item, "ConditionExpression": "attribute_not_exists(id)"}
        return {
            **item,
            "ConditionExpression": "#sequence = :before",
            "ExpressionAttributeNames": {"#sequence": "sequence"},
            "ExpressionAttributeValues": typed({":before": before}),
        }

    def _write(self, note: Mapping[str, Any], writes: Sequence[Write]) -> bool:
        """One transaction; False when the note's condition does not hold."""
        if len(writes) > MOST_WRITES:
            raise ValueError(f"{len(writes)} writes: a transaction takes {MOST_WRITES} beside the note")
        items: list[Any] = [{"Put": {"TableName": self._table, **note}}, *writes]
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as error:
            return _refused(error.response.get("CancellationReasons", []), error)
        except self._client.exceptions.ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if code in _BUSY or status >= 500:
                raise TryAgain(f"the inbox: {code}") from error
            raise
        return True

    def _expires(self) -> int:
        return int((self._now() + self._keep).timestamp())


def judge(before: int | None, sequence: int) -> Verdict:
    """What an event with this sequence is after one with that. The first that is seen of a subject misses nothing."""
    if before is None:
        return Verdict(Outcome.HANDLED)
    if sequence <= before:
        return Verdict(Outcome.REPEAT if sequence == before else Outcome.STALE)
    return Verdict(Outcome.HANDLED, missed=sequence - before - 1)


def key_of(kind: str, source: str, name: str) -> str:
    """The note's. Raises InvalidEvent for one that no table takes."""
    key = f"{kind}#{source}#{name}"
    if not can_be_key(key):
        raise InvalidEvent("the event's id, or what it is about, is too long to be noted")
    return key


def _refused(reasons: Sequence[Mapping[str, Any]], error: Exception) -> bool:
    """False when it was the note that stood there; raises what it was otherwise."""
    codes = [reason.get("Code") or "None" for reason in reasons]
    if codes[:1] == ["ConditionalCheckFailed"]:
        return False
    if "ConditionalCheckFailed" in codes:
        raise Outdated([plain(reason["Item"]) if reason.get("Item") else None for reason in reasons[1:]]) from None
    if set(codes) <= {"None", *_BUSY}:
        raise TryAgain(f"the inbox: {', '.join(sorted(set(codes) - {'None'})) or 'cancelled'}") from None
    raise error
