"""Streams of tables, and their event source mappings: the local cloud's `StreamReader` in virtual time.

A mapping with a parallelisation factor has as many lanes: the records of one item stay in order in one lane, the lanes
go on without each other.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tools.local.aws.lambda_.stream_reader import Mapped, Progress, Record, StreamReader
from tools.sim import lambda_service
from tools.sim.dynamodb.expressions import Item
from tools.sim.dynamodb.table import Key, Table
from tools.sim.engine_rules import passes_filters
from tools.sim.functions import PACE
from tools.sim.templates.arns import NOWHERE
from tools.sim.templates.blueprint import Source

if TYPE_CHECKING:
    from tools.sim.world import World

POLL_SECONDS = (0.02, 0.4)


@cache
def _filter(patterns: tuple[str, ...]) -> dict[str, Any]:
    return {"FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in patterns]}}


class Lane:
    """The records of some items of one table, read by one mapping."""

    def __init__(self, world: "World", source: Source, number: int) -> None:
        self._world, self.source, self.number = world, source, number
        self.records: list[Record] = []
        self._progress = Progress(0)
        self._mapped = Mapped(
            stream_arn=source.source_arn,
            function_arn=source.function_arn,
            batch_size=source.batch_size,
            retries=source.retries,
            window=source.window,
            record_age=source.record_age,
            bisect=source.bisect,
            partial=source.partial,
            on_failure=source.on_failure or NOWHERE,
            mapping_id=source.id,
            matches=self._matches,
        )
        self._names = 0
        self._reader = StreamReader(
            self, self, self._call, partial(lambda_service.send_as_function, world), world.now, self._new_id, PACE
        )  # fmt: skip
        self._runs = False

    # --- Shard and Store of the reader ---

    def read(self, position: int, limit: int) -> tuple[int, Sequence[Record]]:
        return position, self.records[position : position + limit]

    def load(self) -> Progress:
        return self._progress

    def save(self, progress: Progress) -> None:
        self._progress = progress

    def _matches(self, record: Record) -> bool:
        if not self.source.filters:
            return True
        return passes_filters(_filter(self.source.filters), record)

    def _new_id(self) -> str:
        self._names += 1
        return self._world.decisions.uuid(f"{self.source.id} {self.number} {self._names}")

    def _call(self, event: Any) -> Any:
        names = [record["eventID"][:8] for record in event["Records"]]
        cause = f"{names[0]}+{len(names) - 1}"
        outcome = self._world.functions.invoke(self.source.function_arn, event, self._world.repeated(cause))
        if not outcome.failed and self._world.faults.delivers_again("stream batch", f"{self.source.id} {cause}"):
            outcome = self._world.functions.invoke(self.source.function_arn, event, self._world.repeated(cause))
        return outcome

    # --- running ---

    def add(self, record: Record) -> None:
        self.records.append(record)
        if not self._runs and lambda_service.may_read(self._world, self.source):
            self._runs = True
            name = f"{self.source.id} lane {self.number} from {record['eventID'][:8]}"
            self._world.background(name, self._work, self._world.decisions.between(*POLL_SECONDS, name))

    def _work(self) -> None:
        due = self._reader.step(self._mapped)
        while due is not None:
            self._world.scheduler.sleep(due - self._world.scheduler.now)
            due = self._reader.step(self._mapped)
        self._runs = False


class Streams:
    """Turns writes into records, and hands each to the lanes of its table's mappings."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lanes: dict[str, list[list[Lane]]] = defaultdict(list)
        self._written: dict[tuple[str, Key], int] = defaultdict(int)
        self._number = 0
        for source in world.blueprint.sources:
            if "/stream/" in source.source_arn:
                self._lanes[source.source_arn].append([Lane(world, source, n) for n in range(source.lanes)])

    def written(self, table: Table, key: Key, old: Item | None, new: Item | None) -> None:
        """A write. One that changes nothing has no record, as on AWS."""
        if not table.schema.stream_arn or old == new:
            return
        self._written[table.schema.name, key] += 1
        self._number += 1
        name = f"{table.schema.name} {key} {self._written[table.schema.name, key]}"
        record = self._record(table, old, new, name)
        self._world.published(record)
        place = crc32(repr(key[0]).encode())
        for lanes in self._lanes[table.schema.stream_arn]:
            lanes[place % len(lanes)].add(record)

    def _record(self, table: Table, old: Item | None, new: Item | None, name: str) -> Record:
        image = new if new is not None else old or {}
        images = {"OldImage": old, "NewImage": new}
        return {
            "eventID": self._world.decisions.uuid(name).replace("-", ""),
            "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": float(int(self._world.scheduler.now)),
                "Keys": {key: image[key] for key in table.schema.keys.names},
                **{key: each for key, each in images.items() if each is not None},
                "SequenceNumber": str(100_000_000_000_000_000_000 + self._number),
                "SizeBytes": len(json.dumps(image)),
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": table.schema.stream_arn,
        }
