"""Counts what the engine serves; see tools/local/usage.py. Changes no behaviour."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from tools.local.engine.patching import core, patch, service
from tools.local.usage import caller, index_units, meter, read_units, write_units

Item = dict[str, Any]
ONE_ITEM = {"PutItem": "_put_item", "UpdateItem": "_update_item", "DeleteItem": "_delete_item"}


@patch
def callers_are_recorded() -> None:
    """The engine's IAM looks up the principal of each signed request. The meter counts by its name."""
    evaluator = core("core.iam_evaluator")
    enforce: Callable[..., Any] = evaluator.enforce

    def noting(access_key: str, *rest: Any, **options: Any) -> Any:
        if meter.running:
            caller.set(_name_of(access_key))
        return enforce(access_key, *rest, **options)

    evaluator.enforce = noting


def _name_of(access_key: str) -> str:
    session = service("sts")._sessions.get(access_key)
    return str(session["Arn"]).rsplit("/", 1)[-1] if session else "user"


@patch
def tables_are_metered() -> None:
    dynamodb = service("dynamodb")
    for operation, name in ONE_ITEM.items():
        setattr(dynamodb, name, _metered(dynamodb, operation, getattr(dynamodb, name), _one_write))
    dynamodb._transact_write_items = _metered(
        dynamodb, "TransactWriteItems", dynamodb._transact_write_items, _transaction
    )
    dynamodb._batch_write_item = _metered(dynamodb, "BatchWriteItem", dynamodb._batch_write_item, _batch)
    dynamodb._get_item = _reading(dynamodb, "GetItem", dynamodb._get_item, _got)
    dynamodb._batch_get_item = _reading(dynamodb, "BatchGetItem", dynamodb._batch_get_item, _got_many)
    for operation, name in {"Query": "_query", "Scan": "_scan"}.items():
        setattr(dynamodb, name, _paging(operation, getattr(dynamodb, name)))


Write = tuple[str, Item, int]  # table, key, factor of the cost


def _metered(
    dynamodb: Any, operation: str, original: Callable[[Item], Any], writes: Callable[[Any, Item], Iterator[Write]]
) -> Callable[[Item], Any]:
    """Count the cost of a write, indexes included, from the items before and after it."""

    def run(data: Item) -> Any:
        if not meter.running:
            return original(data)
        touched = [(table, _image(dynamodb, table, key), key, times) for table, key, times in writes(dynamodb, data)]
        answer = original(data)
        for table, old, key, times in touched:
            new = _image(dynamodb, table, key)
            units = write_units(_size(dynamodb, old), _size(dynamodb, new), times)
            units += sum(_index_costs(dynamodb, table, old, new))
            meter.add("dynamodb", operation, "write units", units)
        return answer

    return run


def _one_write(dynamodb: Any, data: Item) -> Iterator[Write]:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName")))
    if table:
        yield table["TableName"], data.get("Key") or dynamodb._extract_key_from_item(table, data.get("Item", {})), 1


def _transaction(dynamodb: Any, data: Item) -> Iterator[Write]:
    for member in data.get("TransactItems", ()):
        for one in member.values():
            yield from ((table, key, 2) for table, key, _ in _one_write(dynamodb, one))


def _batch(dynamodb: Any, data: Item) -> Iterator[Write]:
    for name, requests in data.get("RequestItems", {}).items():
        for request in requests:
            for one in request.values():
                yield from _one_write(dynamodb, {"TableName": name, **one})


def _image(dynamodb: Any, name: str, key: Item) -> Item | None:
    table = dynamodb._tables[name]
    partition = dynamodb._extract_key_val(key.get(table["pk_name"]))
    sort = dynamodb._extract_key_val(key.get(table["sk_name"])) if table.get("sk_name") else ""
    rows = table["items"].get(partition, {})
    item = rows.get(sort) if table.get("sk_name") else next(iter(rows.values()), None)
    return copy.deepcopy(item) if item else None


def _size(dynamodb: Any, item: Item | None) -> int:
    return int(dynamodb._item_size_bytes(item)) if item else 0


def _index_costs(dynamodb: Any, name: str, old: Item | None, new: Item | None) -> Iterator[int]:
    table = dynamodb._tables[name]
    for index, hashes, ranges in dynamodb._index_key_schemas(table):
        keys = [*hashes, *ranges]

        def entry(item: Item | None, keys: list[str] = keys, index: str = index) -> Item | None:
            if item is None or any(key not in item for key in keys):
                return None
            found: Item = dynamodb._apply_index_projection(item, table, index)
            return found

        yield index_units(entry(old), entry(new), keys, lambda item: _size(dynamodb, item))


def _reading(
    dynamodb: Any, operation: str, original: Callable[[Item], Any], cost: Callable[[Any, Item], float]
) -> Callable[[Item], Any]:
    def run(data: Item) -> Any:
        if meter.running:
            meter.add("dynamodb", operation, "read units", cost(dynamodb, data))
        return original(data)

    return run


def _got(dynamodb: Any, data: Item) -> float:
    name = dynamodb._normalize_table_name(data.get("TableName"))
    if name not in dynamodb._tables:
        return 0
    size = _size(dynamodb, _image(dynamodb, name, data.get("Key", {})))
    return read_units(size, consistent=bool(data.get("ConsistentRead")))


def _got_many(dynamodb: Any, data: Item) -> float:
    return sum(
        _got(dynamodb, {"TableName": name, "Key": key, "ConsistentRead": requested.get("ConsistentRead")})
        for name, requested in data.get("RequestItems", {}).items()
        for key in requested.get("Keys", ())
    )


def _paging(operation: str, original: Callable[[Item], Any]) -> Callable[[Item], Any]:
    """Count the cost that the engine reports for a page, even if the caller did not ask for the report."""

    def run(data: Item) -> Any:
        if not meter.running:
            return original(data)
        status, headers, body = original({**data, "ReturnConsumedCapacity": "TOTAL"})
        answer: Item = json.loads(body)
        used = answer.get("ConsumedCapacity") or {}
        meter.add("dynamodb", operation, "read units", float(used.get("CapacityUnits", 0)))
        if not data.get("ReturnConsumedCapacity"):
            answer.pop("ConsumedCapacity", None)
        return status, headers, json.dumps(answer).encode()

    return run
