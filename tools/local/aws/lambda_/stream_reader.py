"""One reader of one shard: batches in order, retries, bisection, partial failures, and poison.

Guarantees: the function gets records in the order of the stream. The position moves past a record only when the
function processed it, a filter excluded it, or it was sent to the on-failure destination (or dropped, if there is
none). After a crash the reader continues from its saved progress, so a record may be delivered again and none is
skipped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from tools.local.aws.lambda_.batch_answers import failed_items
from tools.local.delivery.model import Call, Clock, Message, NewId, Outcome, Pace, Send, iso, to_json

Record = Mapping[str, Any]
LONGEST_WAIT = 60.0
BUCKET = "arn:aws:s3:::"
RETRIES_EXHAUSTED, TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"
# How far ahead a batch may search for records that pass the filters.
LOOK_AHEAD = 1000


class Shard(Protocol):
    """The ordered records of a stream. Positions count from the stream's first record."""

    def read(self, position: int, limit: int) -> tuple[int, Sequence[Record]]:
        """At most `limit` records from `position` on, and the position of the first, which is later than asked for when
        older records have expired."""
        ...


@dataclass(frozen=True)
class Piece:
    """Records up to `end` (excluded) that failed `attempts` times, to be tried again as one batch."""

    end: int
    attempts: int = 0


@dataclass(frozen=True)
class Progress:
    """The reader's progress. The pieces follow each other from `position` on; everything after them is unread."""

    position: int
    pieces: tuple[Piece, ...] = ()

    def without_leading(self) -> "Progress":
        return Progress(self.pieces[0].end, self.pieces[1:])


class Store(Protocol):
    """Where a reader's progress is stored."""

    def load(self) -> Progress: ...

    def save(self, progress: Progress) -> None: ...


@dataclass(frozen=True)
class Mapped:
    """The configuration of an event source mapping; -1 means without limit, as on AWS."""

    stream_arn: str
    function_arn: str
    batch_size: int = 100
    window: float = 0.0
    retries: int = -1
    record_age: float = -1.0
    bisect: bool = False
    partial: bool = False
    on_failure: str = ""
    shard_id: str = "shardId-00000000000000000000-00000000"
    mapping_id: str = ""
    matches: Callable[[Record], bool] = field(default=lambda _record: True)


@dataclass(frozen=True)
class Batch:
    """Records that passed the filters, their positions, and the position after the last record examined."""

    records: tuple[Record, ...]
    positions: tuple[int, ...]
    begin: int
    end: int


class StreamReader:
    """The state machine. `step` does what is due now and returns the time of the next step. Steps must not overlap."""

    def __init__(self, shard: Shard, store: Store, call: Call, send: Send, clock: Clock, new_id: NewId, pace: Pace):
        self._shard, self._store, self._call, self._send = shard, store, call, send
        self._clock, self._new_id, self._pace = clock, new_id, pace
        self._not_before = 0.0
        self._failures = 0
        self._window_opened: float | None = None

    def step(self, mapped: Mapped) -> float | None:
        """Read, and invoke at most once. Returns the latest time for the next step, or None: when there is a new
        record."""
        now = self._clock()
        if now < self._not_before:
            return self._not_before
        progress = self._store.load()
        piece = progress.pieces[0] if progress.pieces else None
        batch = self._read(mapped, progress.position, piece)
        if not batch.records:
            return self._nothing_to_do(progress, batch, piece)
        if piece is None:
            opens = self._wait_for_window(mapped, batch, now)
            if opens is not None:
                return opens
        expired = self._count_expired(mapped, batch, now)
        if expired:
            self._give_up(mapped, batch, slice(0, expired), TOO_OLD, piece, None)
            self._advance(progress, piece, batch, batch.positions[expired - 1] + 1)
            return now
        self._window_opened = None
        outcome = self._call({"Records": list(batch.records)})
        return self._evaluate(mapped, progress, piece, batch, outcome)

    # --- reading ---

    def _read(self, mapped: Mapped, position: int, piece: Piece | None) -> Batch:
        limit = LOOK_AHEAD if piece is None else piece.end - position
        begin, found = self._shard.read(position, limit)
        records, positions, end = [], [], begin
        for end, record in enumerate(found, begin):
            if piece is not None and end >= piece.end:
                break  # the piece has expired, and newer records were read
            if mapped.matches(record):
                records.append(record)
                positions.append(end)
                if piece is None and len(records) == mapped.batch_size:
                    end += 1
                    break
        else:
            end = begin + len(found)
        return Batch(tuple(records), tuple(positions), begin, end)

    def _nothing_to_do(self, progress: Progress, batch: Batch, piece: Piece | None) -> float | None:
        if piece is not None:
            self._store.save(replace(progress.without_leading(), position=max(piece.end, batch.begin)))
            return self._clock()
        if batch.end > progress.position:
            self._store.save(Progress(batch.end))
            return self._clock()
        return None

    def _wait_for_window(self, mapped: Mapped, batch: Batch, now: float) -> float | None:
        if mapped.window <= 0 or len(batch.records) >= mapped.batch_size:
            return None
        if self._window_opened is None:
            self._window_opened = now
        closes = self._window_opened + mapped.window
        return closes if now < closes else None

    def _count_expired(self, mapped: Mapped, batch: Batch, now: float) -> int:
        if mapped.record_age < 0:
            return 0
        count = 0
        for record in batch.records:
            if now - arrived(record, now) <= mapped.record_age:
                break
            count += 1
        return count

    # --- evaluating ---

    def _evaluate(
        self, mapped: Mapped, progress: Progress, piece: Piece | None, batch: Batch, outcome: Outcome
    ) -> float:
        if outcome.throttled:
            return self._back_off()
        failed_at: int | None = 0
        if not outcome.failed:
            failed_at = self._lowest_failure(mapped, batch, outcome)
        if failed_at is None:
            self._failures = 0
            self._not_before = 0.0
            self._advance(progress, piece, batch, batch.end)
            return self._clock()
        self._fail(mapped, progress, piece, batch, failed_at, outcome)
        return self._not_before

    def _lowest_failure(self, mapped: Mapped, batch: Batch, outcome: Outcome) -> int | None:
        """The index of the first record that failed; None when all succeeded."""
        if not mapped.partial:
            return None
        ids = [sequence_number(record) for record in batch.records]
        failed = failed_items(outcome.payload, ids)
        if failed is None:
            return 0
        return ids.index(failed[0]) if failed else None

    def _fail(
        self, mapped: Mapped, progress: Progress, piece: Piece | None, batch: Batch, at: int, outcome: Outcome
    ) -> None:
        """Keep the remaining records as pieces to try again, or give them up."""
        if at > 0:
            # Progress: the records before it are done, and the rest is a new batch from now on.
            progress = self._advance(progress, piece, batch, batch.positions[at])
            attempts = 0 if mapped.bisect else 1
            self._retry(progress, batch.end, (Piece(batch.end, attempts),))
            self._failures = 0
            self._back_off()
            return
        attempts = piece.attempts if piece else 0
        size = len(batch.records)
        if mapped.bisect and size > 1:
            # Splitting is not a retry: each half keeps the attempts of the whole.
            middle = batch.positions[size // 2]
            halves = (Piece(middle, attempts), Piece(batch.end, attempts))
            self._retry(progress, batch.end, halves)
        elif 0 <= mapped.retries <= attempts:
            self._give_up(mapped, batch, slice(0, size), RETRIES_EXHAUSTED, piece, outcome)
            self._advance(progress, piece, batch, batch.end)
            self._failures, self._not_before = 0, 0.0
            return
        else:
            self._retry(progress, batch.end, (Piece(batch.end, attempts + 1),))
        self._back_off()

    def _retry(self, progress: Progress, end: int, pieces: tuple[Piece, ...]) -> None:
        later = tuple(other for other in progress.pieces if other.end > end)
        self._store.save(Progress(progress.position, (*pieces, *later)))

    def _advance(self, progress: Progress, piece: Piece | None, batch: Batch, position: int) -> Progress:
        """Move on to `position`, inside the leading piece or at its end."""
        if piece is None:
            progress = Progress(position)
        elif position >= batch.end:
            progress = progress.without_leading()
        else:
            progress = replace(progress, position=position)
        self._store.save(progress)
        return progress

    def _back_off(self) -> float:
        self._failures += 1
        self._not_before = self._clock() + self._pace.doubling(self._failures, LONGEST_WAIT)
        return self._not_before

    # --- giving up ---

    def _give_up(
        self, mapped: Mapped, batch: Batch, which: slice, why: str, piece: Piece | None, outcome: Outcome | None
    ) -> None:
        """Report the skipped records to the on-failure destination. Only a bucket gets the records themselves."""
        if not mapped.on_failure:
            return
        now, records = self._clock(), batch.records[which]
        body = {
            "requestContext": {
                "requestId": self._new_id(),
                "functionArn": mapped.function_arn,
                "condition": why,
                "approximateInvokeCount": (piece.attempts if piece else 0) + (1 if outcome else 0),
            },
            "responseContext": response_context(outcome),
            "version": "1.0",
            "timestamp": iso(now),
            "DDBStreamBatchInfo": {
                "shardId": mapped.shard_id,
                "startSequenceNumber": sequence_number(records[0]),
                "endSequenceNumber": sequence_number(records[-1]),
                "approximateArrivalOfFirstRecord": iso(arrived(records[0], now)),
                "approximateArrivalOfLastRecord": iso(arrived(records[-1], now)),
                "batchSize": len(records),
                "streamArn": mapped.stream_arn,
            },
        }
        key = ""
        if mapped.on_failure.startswith(BUCKET):
            body["payload"] = to_json({"Records": list(records)})
            key = object_key(mapped, now, self._new_id())
        self._send(Message(mapped.on_failure, to_json(body), source=mapped.function_arn, key=key))


def object_key(mapped: Mapped, now: float, own_id: str) -> str:
    """The key under which Lambda stores discarded records in a bucket."""
    at = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/{mapped.mapping_id}/{mapped.shard_id}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{own_id}"


def response_context(outcome: Outcome | None) -> dict[str, Any] | None:
    """The function's last answer; None when it was not invoked."""
    if outcome is None:
        return None
    answer: dict[str, Any] = {"statusCode": 200, "executedVersion": outcome.version}
    if outcome.failed:
        answer["functionError"] = "Unhandled"
    return answer


def sequence_number(record: Record) -> str:
    return str((record.get("dynamodb") or {}).get("SequenceNumber", ""))


def arrived(record: Record, now: float) -> float:
    """When the record was added to the stream; `now` when the record does not say."""
    return float((record.get("dynamodb") or {}).get("ApproximateCreationDateTime", now))
