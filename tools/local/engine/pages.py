"""What a page of a table or an index costs: time and read units by what it reads, not by what the table holds.

The engine sorts and filters a whole table for each page of a Scan, and a whole partition for each page of a Query; and
it reports half a read unit for any read. Here a page with a Limit is cut out first, and units are counted by size.
"""

import heapq
import re
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

from tools.local.engine.frame import patch, service

Item = dict[str, Any]
_HASH_ONLY = re.compile(r"\s*(#?[A-Za-z0-9_]+)\s*=\s*(:[A-Za-z0-9_]+)\s*")
UNIT_BYTES = 4096


@patch
def a_page_costs_what_it_reads() -> None:
    """DynamoDB reads as many items as the Limit says, from where the last page ended."""
    dynamodb = service("dynamodb")
    dynamodb._scan = _measured(dynamodb, dynamodb._scan, scan_page)
    dynamodb._query = _measured(dynamodb, dynamodb._query, query_page)


def _measured(
    dynamodb: Any, original: FunctionType, cut: Callable[[Any, Any, Mapping[str, Any]], Any]
) -> Callable[[Item], Any]:
    """The engine's own function over the cut table, with units counted by the size of what it evaluated."""

    def read(data: Item) -> Any:
        name = dynamodb._normalize_table_name(data.get("TableName"))
        table = dynamodb._tables.get(name)
        narrowed = cut(dynamodb, table, data) if table else None
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
    """The table with the items of the asked page and the one after it; None where that is not worth it."""
    limit, start = data.get("Limit"), data.get("ExclusiveStartKey")
    cut_off = ("IndexName", "Segment", "TotalSegments")
    if not _whole(limit) or table.get("sk_name") or any(data.get(name) is not None for name in cut_off):
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
    """The same for a query of one partition by nothing but its hash key."""
    limit, start, index_name = data.get("Limit"), data.get("ExclusiveStartKey"), data.get("IndexName")
    condition = _HASH_ONLY.fullmatch(data.get("KeyConditionExpression") or "")
    index = dynamodb._index_def(table, index_name) if index_name else None
    if not _whole(limit) or condition is None or (index_name and index is None):
        return None
    hashes, ranges = dynamodb._index_key_lists(index) if index else ([table["pk_name"]], [table.get("sk_name")])
    named = (data.get("ExpressionAttributeNames") or {}).get(condition[1], condition[1])
    value = (data.get("ExpressionAttributeValues") or {}).get(condition[2])
    if [named] != hashes or len(ranges) > 1 or not isinstance(value, dict) or len(value) != 1:
        return None
    partition, items = dynamodb._extract_key_val(value), table["items"]
    if index_name:
        members = dynamodb._index_members(table).get(index_name, {}).get(partition, ())
    else:
        members = [(partition, sort) for sort in items.get(partition, {})]
    order = dynamodb._index_order_keys(table, ranges[0] if ranges else None)
    if start and any(name not in start for name, _ in order):
        return None

    def place(item: Item) -> tuple[Any, ...]:
        return tuple(dynamodb._index_order_value(item, name, kind) for name, kind in order)

    forward = data.get("ScanIndexForward", True)
    cursor = place(start) if start else None
    places = ((place(items[pk][sk]), pk, sk) for pk, sk in list(members))
    ahead = (one for one in places if cursor is None or (one[0] > cursor if forward else one[0] < cursor))
    page = (heapq.nsmallest if forward else heapq.nlargest)(int(str(limit)) + 1, ahead, key=lambda one: one[0])
    kept: Item = {}
    for _, pk, sk in page:
        kept.setdefault(pk, {})[sk] = items[pk][sk]
    return _only(table, kept)


def _only(table: Item, items: Item) -> Item:
    """The table with these items alone; what the engine derives from all items is left behind."""
    return {**{key: value for key, value in table.items() if key != "_index_members"}, "items": items}


def _whole(limit: Any) -> bool:
    return isinstance(limit, int) and limit > 0


def _times(units: Any, factor: int) -> Any:
    if isinstance(units, dict):
        return {key: _times(value, factor) for key, value in units.items()}
    return units * factor if isinstance(units, int | float) else units
