"""Event source mappings of table streams: one of our readers per mapping, instead of the engine's one poller."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.lambda_.stream_reader import Mapped, Piece, Progress, Record, StreamReader, arrived
from tools.local.delivery import engine_delivery
from tools.local.delivery.engine_delivery import driver
from tools.local.delivery.model import Outcome
from tools.local.engine.patching import core, patch, service

log = logging.getLogger("local.delivery")

Scope = tuple[str, str, str]
"""Account, region and id of the mapping."""


class _Shard:
    """The stream of a table. It has one shard here."""

    def __init__(self, scope: Scope, table: str) -> None:
        self._where = {"account_id": scope[0], "region": scope[1]}
        self._table = table

    def read(self, position: int, limit: int) -> tuple[int, Sequence[Record]]:
        dynamodb = service("dynamodb")
        begin = max(position, dynamodb.stream_start_position(self._table, **self._where))
        return begin, dynamodb.stream_records_since(self._table, begin, limit, **self._where)

    def start(self, starting: str) -> int:
        dynamodb = service("dynamodb")
        where = dynamodb.stream_start_position if starting == "TRIM_HORIZON" else dynamodb.stream_end_position
        return int(where(self._table, **self._where))


class _Pieces:
    """The pieces of each stream to try again, as a part of the saved state. The engine knows and saves the position of
    each mapping; pieces before it are finished."""

    def __init__(self) -> None:
        self.of: dict[Scope, tuple[Piece, ...]] = {}

    def get_state(self) -> dict[str, Any]:
        return {
            "pieces": [
                {"mapping": list(scope), "pieces": [[piece.end, piece.attempts] for piece in pieces]}
                for scope, pieces in list(self.of.items())
            ]
        }

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        for saved in data["pieces"]:
            account, region, mapping = saved["mapping"]
            self.of[account, region, mapping] = tuple(Piece(end, attempts) for end, attempts in saved["pieces"])

    def reset(self) -> None:
        self.of.clear()


_pieces = _Pieces()


class _Store:
    """Progress of one mapping: the engine keeps the position, this class the pieces."""

    def __init__(self, scope: Scope, start: Callable[[], int]) -> None:
        self._scope, self._start = scope, start

    def load(self) -> Progress:
        positions = service("lambda_svc")._dynamodb_stream_positions
        position = positions.get_scoped(*self._scope, None)
        if position is None:
            position = self._start()
            positions.set_scoped(*self._scope, position)
        pieces = tuple(piece for piece in _pieces.of.get(self._scope, ()) if piece.end > position)
        return Progress(position, pieces)

    def save(self, progress: Progress) -> None:
        if progress.pieces:
            _pieces.of[self._scope] = progress.pieces
        else:
            _pieces.of.pop(self._scope, None)
        service("lambda_svc")._dynamodb_stream_positions.set_scoped(*self._scope, progress.position)


class _Reader:
    """A mapping and the state machine that reads for it."""

    def __init__(self, scope: Scope, mapping: dict[str, Any]) -> None:
        self._scope = scope
        self._arn = str(mapping["EventSourceArn"])
        self.table = table_of(mapping)
        shard = _Shard(scope, self.table)
        store = _Store(scope, lambda: shard.start(str(mapping.get("StartingPosition", "LATEST"))))
        self._machine = StreamReader(
            shard,
            store,
            self._call,
            engine_delivery.send_as_function,
            engine_delivery.clock,
            engine_delivery.new_id,
            engine_delivery.pace,
        )

    def wake(self) -> None:
        driver.submit(f"stream {self._scope[2]} of {self.table}", f"stream {self._scope[2]}", self._step)

    def _step(self) -> float | None:
        mapping = self._mapping()
        if mapping is None:
            return None
        table = service("dynamodb")._tables.get_scoped(self._scope[0], self._scope[1], self.table)
        if not table or table.get("LatestStreamArn") != self._arn:
            return None
        return self._machine.step(mapped(self._scope, mapping))

    def _call(self, event: Any) -> Outcome:
        mapping = self._mapping()
        if mapping is None:
            return Outcome(throttled=True)
        outcome = engine_delivery.run(arn_of_function(self._scope, mapping), event)
        if not outcome.throttled:
            age = engine_delivery.clock() - arrived(event["Records"][-1], engine_delivery.clock())
            engine_metrics.put_iterator_age(self._scope[:2], mapping["FunctionName"], mapping.get("Qualifier"), age)
        result = "FAILED" if outcome.failed else f"OK - {len(event['Records'])} records"
        mapping["LastProcessingResult"] = "THROTTLED" if outcome.throttled else result
        if outcome.failed:
            log.warning(
                "%s failed on records of %s: %s",
                arn_of_function(self._scope, mapping),
                self.table,
                outcome.error_message,
            )
        return outcome

    def _mapping(self) -> dict[str, Any] | None:
        """The current mapping; None when it was deleted or disabled."""
        mapping = service("lambda_svc")._esms.get_scoped(*self._scope, None)
        return mapping if mapping and enabled(mapping) else None


def mapped(scope: Scope, mapping: Mapping[str, Any]) -> Mapped:
    """A mapping of the engine as the state machine's value."""
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or ""
    return Mapped(
        stream_arn=str(mapping["EventSourceArn"]),
        function_arn=arn_of_function(scope, mapping),
        batch_size=number(mapping, "BatchSize", 100),
        window=number(mapping, "MaximumBatchingWindowInSeconds", 0),
        retries=number(mapping, "MaximumRetryAttempts", -1),
        record_age=number(mapping, "MaximumRecordAgeInSeconds", -1),
        bisect=str(mapping.get("BisectBatchOnFunctionError", False)).lower() == "true",
        partial="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []),
        on_failure=str(destination),
        mapping_id=scope[2],
        matches=lambda record: bool(service("lambda_svc")._apply_filter_criteria([record], mapping)),
    )


def number(mapping: Mapping[str, Any], name: str, default: int) -> int:
    """A number of a mapping. Templates also give texts."""
    value = mapping.get(name)
    return default if value in (None, "") else int(str(value))


def enabled(mapping: Mapping[str, Any]) -> bool:
    return str(mapping.get("Enabled", True)).lower() != "false"


def arn_of_function(scope: Scope, mapping: Mapping[str, Any]) -> str:
    """The ARN of the function, alias or version."""
    name, qualifier = mapping["FunctionName"], mapping.get("Qualifier")
    arn = f"arn:aws:lambda:{scope[1]}:{scope[0]}:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


def table_of(mapping: Mapping[str, Any]) -> str:
    return str(mapping["EventSourceArn"]).split(":table/")[1].split("/")[0]


_readers: dict[Scope, _Reader] = {}


def _mappings() -> Iterator[tuple[Scope, dict[str, Any]]]:
    for (account, region, mapping_id), mapping in list(service("lambda_svc")._esms.all_items()):
        if ":dynamodb:" in mapping.get("EventSourceArn", "") and "/stream/" in mapping["EventSourceArn"]:
            yield (account, region, mapping_id), mapping


def wake_readers(table: str | None = None) -> None:
    """Wake the readers (of one table); there is one for each mapping."""
    for scope, mapping in _mappings():
        if table is not None and table_of(mapping) != table:
            continue
        reader = _readers.get(scope)
        if reader is None:
            reader = _readers[scope] = _Reader(scope, mapping)
        if enabled(mapping):
            reader.wake()


def forget_readers() -> None:
    """Remove the readers of deleted mappings."""
    there = {scope for scope, _ in _mappings()}
    for scope in [scope for scope in _readers if scope not in there]:
        del _readers[scope]
        _pieces.of.pop(scope, None)


@engine_delivery.at_start
def _resume() -> None:
    wake_readers()


@patch
def each_stream_mapping_has_a_reader() -> None:
    """AWS reads each stream separately: it splits batches on errors, limits retries and age, evaluates partial
    failures, and sends what it gives up to the on-failure destination. The engine has one poller for all tables: it
    waits for each function, counts an answer with failures as success, and retries poison for ever."""
    functions, dynamodb, app = core("services.lambda_svc"), core("services.dynamodb"), core("app")
    emit: Callable[..., None] = dynamodb._emit_stream_event
    ensure_poller: Callable[[], None] = functions._ensure_poller
    release: Callable[[str], None] = functions._release_esm_poll_state

    def emit_and_wake(table_name: str, *change: Any, **options: Any) -> None:
        emit(table_name, *change, **options)
        wake_readers(table_name)

    last_look = 0.0

    def poll() -> bool:
        # The engine calls this after every change, and at least once a second where there are mappings, so a mapping
        # that was enabled is noticed here.
        nonlocal last_look
        if engine_delivery.clock() - last_look >= 1:
            last_look = engine_delivery.clock()
            wake_readers()
        return False

    def ensure() -> None:
        ensure_poller()
        wake_readers()

    def release_state(mapping_id: str) -> None:
        release(mapping_id)
        forget_readers()

    dynamodb._emit_stream_event = emit_and_wake
    functions._poll_dynamodb_streams = poll
    functions._ensure_poller = ensure
    functions._release_esm_poll_state = release_state
    app._loaded_modules["stream_pieces"] = _pieces
    app._state_map["stream_pieces"] = "stream_pieces"
