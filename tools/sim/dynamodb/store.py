"""The operations of DynamoDB on tables in memory.

A request and its answer are the JSON of the wire, already parsed. What DynamoDB refuses raises `Refused` with its code.
Transactions take time: a write to an item of a transaction at work, or another transaction with it, is refused with
TransactionConflict, as on AWS. Eventually consistent reads and indexes lag behind.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol
from zlib import crc32

from tools.local.aws.dynamodb.index_lag import LaggingIndexes
from tools.local.aws.dynamodb.transactions import GOES_ON, MISMATCH, OngoingTransactions
from tools.sim.dynamodb.expressions import Context, Invalid, Item, condition
from tools.sim.dynamodb.parameters import require_known
from tools.sim.dynamodb.partition_limits import CONSISTENT, EVENTUAL, IN_TRANSACTION, PartitionLimits
from tools.sim.dynamodb.planned import Planned, item_after_update, throttled
from tools.sim.dynamodb.requests import (
    CHECK_FAILED_TEXT,
    CONFLICT,
    FAILED,
    THROTTLED,
    Answer,
    Refused,
    Request,
    after,
    cancelled,
    context_of,
    holds,
    old_item,
    partition,
    projection,
    returned,
)
from tools.sim.dynamodb.table import Key, Table, size_of, sort_key
from tools.sim.not_simulated import NotSimulated

_UPPER = re.compile("(?=[A-Z])")
TOKENS_KEPT_SECONDS = 600.0


class Time(Protocol):
    """Virtual time of the caller's task."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


@cache
def _method_of(operation: str) -> str:
    return _UPPER.sub("_", operation).lower()


# What hears of each write: the table, the key, the images before and after.
Draw = Callable[[str], float]
"""A fraction for something of this name."""
Written = Callable[[Table, Key, Item | None, Item | None], None]


def _between(draw: Draw, what: str) -> Callable[[float, float], float]:
    return lambda low, high: low + (high - low) * draw(what)


class Store:
    """All tables of the world."""

    def __init__(self, tables: Sequence[Table], time: Time, draw: Draw = lambda _: 0.5) -> None:
        self.tables = {table.schema.name: table for table in tables}
        self._time = time
        self.lag = LaggingIndexes(time.now, _between(draw, "index lag"))
        self.transactions = OngoingTransactions(_between(draw, "transaction"))
        self.written: list[Written] = []
        self.limits: PartitionLimits | None = None
        """The limits of partitions, in a flash sale."""
        self._tokens: dict[str, tuple[float, Any]] = {}
        self._unfinished_until: dict[str, float] = {}

    def handle(self, operation: str, request: Request) -> Answer:
        handle = getattr(self, _method_of(operation), None)
        if handle is None:
            raise NotSimulated(f"DynamoDB's {operation} is not simulated")
        require_known(operation, request)
        try:
            answer: Answer = handle(request)
        except Invalid as error:
            raise Refused("ValidationException", str(error)) from None
        return answer

    def table(self, name: str) -> Table:
        """The table of a name or ARN. Raises Refused."""
        found = self.tables.get(name.rpartition("/")[2])
        if found is None:
            raise Refused("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
        return found

    def commit(self, table: Table, key: Key, new: Item | None, factor: float = 1.0) -> Item | None:
        """Write, and tell everybody who hears of writes. Returns the image before. `factor` is that of write units."""
        old = table.items.get(key)
        self._use_units(table, key, (old, new), factor)
        if old is not None or new is not None:
            self.lag.note(table.lag_description, key, None if old is None else dict(old))
            table.write(key, new)
            for hear in self.written:
                hear(table, key, old, new)
        return old

    # --- reads ---

    def _get_item(self, request: Request) -> Answer:
        table = self.table(request["TableName"])
        key = table.key_of(request["Key"], exact=True)
        is_consistent = request.get("ConsistentRead", False)
        item = self._visible(table, key, is_consistent)
        self._read(table, "", key[0], [item or {}], is_consistent)
        return {} if item is None else {"Item": projection(item, request)}

    def _batch_get_item(self, request: Request) -> Answer:
        found: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            table = self.table(name)
            keys = [table.key_of(key, exact=True) for key in wanted["Keys"]]
            if len(set(keys)) != len(keys):
                raise Invalid("Provided list of item keys contains duplicates")
            if len(keys) > 100:
                raise Invalid("Too many items requested for the BatchGetItem call")
            items = [self._visible(table, key, wanted.get("ConsistentRead", False)) for key in keys]
            found[name] = [projection(item, wanted) for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _transact_get_items(self, request: Request) -> Answer:
        gets = [each["Get"] for each in request["TransactItems"]]
        tables = [self.table(get["TableName"]) for get in gets]
        keys = [table.key_of(get["Key"], exact=True) for table, get in zip(tables, gets, strict=True)]
        places = [(table.schema.name, *key) for table, key in zip(tables, keys, strict=True)]
        if conflicts := self.transactions.conflicts(places):
            raise cancelled([CONFLICT if number in conflicts else "None" for number in range(len(gets))])
        items = [table.items.get(key) for table, key in zip(tables, keys, strict=True)]
        return {
            "Responses": [
                {} if item is None else {"Item": projection(item, get)} for item, get in zip(items, gets, strict=True)
            ]
        }

    def _visible(self, table: Table, key: Key, consistent: bool) -> Item | None:
        if not consistent:
            older = self.lag.images(table.lag_description)
            if key in older:
                return older[key]
        return table.items.get(key)

    def _query(self, request: Request) -> Answer:
        table, index = self.table(request["TableName"]), request.get("IndexName", "")
        if index and index not in table.schema.indexes:
            raise Invalid(f"The table does not have the specified index: {index}")
        keys = table.schema.indexes[index].keys if index else table.schema.keys
        context = context_of(request)
        text = request["KeyConditionExpression"]
        test = condition(text)
        place = partition(text, keys, context)
        older = {} if request.get("ConsistentRead") else self.lag.images(table.lag_description)
        found = [(key, item) for key, item in table.in_index(index, older, place) if test(item, context)]
        found.sort(
            key=lambda pair: (sort_key(pair[1], keys), pair[0]), reverse=not request.get("ScanIndexForward", True)
        )
        self._read(table, index, place[1], [item for _, item in found], request.get("ConsistentRead", False))
        return self._page(table, index, found, request, context)

    def _read(self, table: Table, index: str, partition: object, items: Sequence[Item], is_consistent: bool) -> None:
        """Take the units of a read from its partition. Raises Refused when none are left."""
        if self.limits is None:
            return
        if not self.limits.may_read(table, index, partition):
            raise throttled()
        factor = CONSISTENT if is_consistent else EVENTUAL
        self.limits.read(table, index, partition, sum(map(size_of, items)), factor)

    def _scan(self, request: Request) -> Answer:
        table, index = self.table(request["TableName"]), request.get("IndexName", "")
        older = {} if request.get("ConsistentRead") else self.lag.images(table.lag_description)
        total, segment = request.get("TotalSegments", 1), request.get("Segment", 0)
        found = [
            (key, item) for key, item in table.in_index(index, older) if crc32(repr(key[0]).encode()) % total == segment
        ]
        found.sort(key=lambda pair: (crc32(repr(pair[0]).encode()), pair[0]))
        return self._page(table, index, found, request, context_of(request))

    def _page(
        self, table: Table, index: str, found: list[tuple[Key, Item]], request: Request, context: Context
    ) -> Answer:
        start = request.get("ExclusiveStartKey")
        if start is not None:
            last = table.key_of(start)
            keys = [key for key, _ in found]
            # The item at which the page before ended may be gone: then its place is unknown here.
            found = found[keys.index(last) + 1 :] if last in keys else after(table, index, found, start, request)
        limit = request.get("Limit", len(found) + 1)
        page = found[:limit]
        text = request.get("FilterExpression")
        test = condition(text) if text else None
        items = [table.projected(index, item) for _, item in page if test is None or test(item, context)]
        answer: Answer = {"Items": [projection(item, request) for item in items], "ScannedCount": len(page)}
        answer["Count"] = len(items)
        if len(page) == limit:  # as DynamoDB, also when nothing follows
            names = {*table.schema.keys.names, *(table.schema.indexes[index].keys.names if index else ())}
            answer["LastEvaluatedKey"] = {name: page[-1][1][name] for name in sorted(names)}
        return answer

    # --- writes ---

    def _put_item(self, request: Request) -> Answer:
        table, key, new = self.put_of(request)
        return returned(request, self._write_one(table, key, request, lambda _: new), new)

    def _delete_item(self, request: Request) -> Answer:
        table = self.table(request["TableName"])
        key = table.key_of(request["Key"], exact=True)
        return returned(request, self._write_one(table, key, request, lambda _: None), None)

    def _update_item(self, request: Request) -> Answer:
        table = self.table(request["TableName"])
        key = table.key_of(request["Key"], exact=True)
        old = self._write_one(table, key, request, lambda old: item_after_update(table, old, request))
        return returned(request, old, table.items.get(key))

    def put_of(self, request: Request) -> tuple[Table, Key, Item]:
        table, new = self.table(request["TableName"]), request["Item"]
        key = table.key_of(new)
        table.check(new)
        return table, key, new

    def _write_one(
        self, table: Table, key: Key, request: Request, change: Callable[[Item | None], Item | None]
    ) -> Item | None:
        if self.transactions.conflicts([(table.schema.name, *key)]):
            raise Refused("TransactionConflictException", "Transaction is ongoing for the item")
        old = table.items.get(key)
        if not self._may_write(table, key, old):
            raise throttled()
        if not holds(old, request):
            self._use_units(table, key, (old, old), 1.0)
            raise Refused("ConditionalCheckFailedException", CHECK_FAILED_TEXT, old_item(old, request))
        new = change(old)
        if not self._may_write(table, key, new):
            raise throttled()
        return self.commit(table, key, new)

    def _may_write(self, table: Table, key: Key, item: Item | None) -> bool:
        return self.limits is None or self.limits.may_write(table, key, item)

    def _use_units(self, table: Table, key: Key, images: tuple[Item | None, Item | None], factor: float) -> None:
        """A write takes units, also one whose condition fails."""
        if self.limits is not None:
            self.limits.wrote(table, key, images, factor)

    def _transact_write_items(self, request: Request) -> Answer:
        token = request.get("ClientRequestToken")
        asked = repr(request["TransactItems"])
        if token is not None and self._is_done(token, asked):
            return {}
        writes = [Planned(self, entry) for entry in request["TransactItems"]]
        places = [write.place for write in writes]
        if len(set(places)) != len(places):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        if not 1 <= len(writes) <= 100:
            raise Invalid("Member must have length less than or equal to 100")
        if conflicts := self.transactions.conflicts(places):
            raise cancelled([CONFLICT if number in conflicts else "None" for number in range(len(writes))])
        with self._at_work(places, token, asked):
            self._refuse_throttled([(write, write.old) for write in writes])
            failed = [not holds(write.old, write.request) for write in writes]
            if any(failed):
                for write in writes:
                    self._use_units(write.table, write.key, (write.old, write.old), IN_TRANSACTION)
                codes = [FAILED if one else "None" for one in failed]
                items = [old_item(write.old, write.request) for write in writes]
                raise cancelled(codes, items)
            results = [(write, write.new()) for write in writes]
            self._refuse_throttled(results)
        for write, new in results:
            if write.changes:
                self.commit(write.table, write.key, new, IN_TRANSACTION)
        if token is not None:
            self._tokens[token] = (self._time.now(), asked)
        return {}

    def _is_done(self, token: str, asked: str) -> bool:
        """Whether the same request was done before. Refuses what DynamoDB refuses of a token that is in use."""
        if refusal := self.transactions.refusal(token, asked):
            raise Refused(*refusal)
        known = self._tokens.get(token)
        if known is None or self._time.now() - known[0] >= TOKENS_KEPT_SECONDS:
            return False
        if known[1] != asked:
            raise Refused(*MISMATCH)
        if self._time.now() < self._unfinished_until.get(token, 0.0):
            raise Refused(*GOES_ON)
        return True

    def stay_unfinished(self, token: str, seconds: float) -> None:
        """Repeats of this transaction learn for so long that it goes on."""
        self._unfinished_until[token] = self._time.now() + seconds

    def _refuse_throttled(self, images: "Sequence[tuple[Planned, Item | None]]") -> None:
        may = [self._may_write(write.table, write.key, image) for write, image in images]
        if not all(may):
            raise cancelled(["None" if one else THROTTLED for one in may])

    @contextmanager
    def _at_work(self, places: Sequence[tuple[str, ...]], token: str | None, asked: str) -> Any:
        with self.transactions.at_work(places, token, asked) as seconds:
            self._time.sleep(seconds)
            yield
