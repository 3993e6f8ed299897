"""The cost of a page of a table or an index: time and read units depend on the items read, not on the size of the
table.

The engine sorts and filters the whole table for each page of a Scan, and the whole partition for each page of a Query.
It reports half a read unit for any read. Here a page with a Limit is cut out first, and units are counted by size.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

from tools.local.aws.dynamodb import engine_index_lag, engine_partitions, key_conditions
from tools.local.engine.patching import patch, service

Item = dict[str, Any]
UNIT_BYTES = 4096
PAGE_BYTES = 1 << 20


@patch
def pages_cost_what_they_read() -> None:
    """DynamoDB reads as many items as the Limit, from the end of the previous page."""
    dynamodb = service("dynamodb")
    dynamodb._scan = _measured(dynamodb, dynamodb._scan, scan_page)
    dynamodb._query = _measured(dynamodb, dynamodb._query, query_page)


def _measured(
    dynamodb: Any, original: FunctionType, cut: Callable[[Any, Any, Mapping[str, Any]], Any]
) -> Callable[[Item], Any]:
    """The engine's own function on the reduced table, with units counted by the size of the items evaluated."""

    def read(data: Item) -> Any:
        name = dynamodb._normalize_table_name(data.get("TableName"))
        table = dynamodb._tables.get(name)
        narrowed = (cut(dynamodb, table, data) or _lagging(table, data)) if table else None
        evaluated = 0

        def paginate(items: Any, limit: Any, of: Any, index: str | None = None) -> Any:
            nonlocal evaluated
            page, more = dynamodb._paginate_evaluated_items(items, limit, of, index)
            entries = [dynamodb._apply_index_projection(item, of, index) if index else item for item in page]
            evaluated = sum(dynamodb._item_size_bytes(entry) for entry in entries)
            return page, more

        def add_units(result: Item, *given: Any, **options: Any) -> None:
            dynamodb._add_consumed_capacity(result, *given, **options)
            if "ConsumedCapacity" in result:
                result["ConsumedCapacity"] = _times(result["ConsumedCapacity"], max(1, -(-evaluated // UNIT_BYTES)))

        names: Item = {"_paginate_evaluated_items": paginate, "_add_consumed_capacity": add_units}
        if narrowed is not None:
            names["_tables"] = {name: narrowed}
        return FunctionType(original.__code__, {**original.__globals__, **names})(data)

    return read


def scan_page(dynamodb: Any, table: Item, data: Mapping[str, Any]) -> Item | None:
    """The table with the items of the requested page and the next one; None where reducing it does not pay."""
    limit, start = data.get("Limit"), data.get("ExclusiveStartKey")
    cut_off = ("IndexName", "Segment", "TotalSegments")
    if not _is_integer(limit) or table.get("sk_name") or any(data.get(name) is not None for name in cut_off):
        return None
    keys: Iterable[str] = table["items"]
    if start:
        if table["pk_name"] not in start:
            return None
        after = dynamodb._extract_key_val(start[table["pk_name"]])
        keys = (key for key in keys if key > after)
    wanted = heapq.nsmallest(int(str(limit)) + 1, keys)
    return _only(table, {key: table["items"][key] for key in wanted})


def query_page(dynamodb: Any, table: Item, data: Mapping[str, Any]) -> Item | None:
    """The same for a query of one partition: the items that its key conditions name, from the cursor on."""
    limit, start, index = data.get("Limit"), data.get("ExclusiveStartKey"), data.get("IndexName") or None
    requested = key_conditions.parse(dynamodb, table, data)
    if requested is None or not (limit is None or _is_integer(limit)):
        return None
    keys = engine_partitions.order_keys(dynamodb, table, index)
    if start and (not isinstance(start, dict) or any(name not in start for name, _ in keys)):
        return None
    images = engine_index_lag.shown(table, index)
    entries = engine_index_lag.entries_of(table, index, requested.partition, images)
    low, high = requested.bounds(entries)
    cursor = engine_partitions.place(dynamodb, start, keys) if start else None
    count, size = 0, 0

    def item(entry: engine_partitions.Entry) -> Item:
        _, base, sort = entry
        found: Item = images.get((base, sort)) or table["items"][base][sort]
        return found

    def wants_more(entry: engine_partitions.Entry) -> bool:
        """The page and the next one, by which the engine sees that there are more items."""
        nonlocal count, size
        count += 1
        if limit is not None:
            return bool(count <= limit)
        more = size <= PAGE_BYTES
        size += dynamodb._item_size_bytes(item(entry))
        return more

    page = engine_partitions.slice_of(entries, low, high, cursor, bool(data.get("ScanIndexForward", True)), wants_more)
    kept: Item = {}
    for entry in page:
        kept.setdefault(entry[1], {})[entry[2]] = item(entry)
    return _only(table, kept)


def _lagging(table: Item, data: Mapping[str, Any]) -> Item | None:
    """The whole table as the requested index shows it, for requests of which no page is cut out."""
    images = engine_index_lag.shown(table, data.get("IndexName") or None)
    return _only(table, engine_index_lag.items_of(table, images)) if images else None


def _only(table: Item, items: Item) -> Item:
    """The table with these items only. Values that the engine derives from all items are left out."""
    return {**{key: value for key, value in table.items() if key != "_index_members"}, "items": items}


def _is_integer(limit: Any) -> bool:
    return isinstance(limit, int) and limit > 0


def _times(units: Any, factor: int) -> Any:
    if isinstance(units, dict):
        return {key: _times(value, factor) for key, value in units.items()}
    return units * factor if isinstance(units, int | float) else units
