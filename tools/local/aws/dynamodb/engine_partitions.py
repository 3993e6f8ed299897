"""The items of a partition in the order of its sort key, so that a page is found without looking at other items.

A partition is sorted when a page of it is first read, and every write keeps it sorted from then on. The orders are
stored in the engine's own derived mapping of index members, which it drops whenever it replaces items or indexes.
"""

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.engine.patching import patch, service

Item = dict[str, Any]
Place = tuple[Any, ...]
Entry = tuple[Place, str, str]
"""The position of an item: its sort value, and its keys in the table."""

_ORDERS = object()  # no index has this name
# A smaller partition is sorted at each read.
SMALL = 64
_lock = threading.RLock()


def entries_of(table: Item, index: str | None, partition: str) -> list[Entry]:
    """The items of a partition of a table, or of its index, in order. The list must not be changed."""
    dynamodb = service("dynamodb")
    with _lock:
        kept = dynamodb._index_members(table).setdefault(_ORDERS, {}).setdefault(index, {})
        made: list[Entry] | None = kept.get(partition)
        if made is None:
            made = sorted(_made(dynamodb, table, index, partition), key=place_of)
            if len(made) > SMALL:
                kept[partition] = made
        return made


def _made(dynamodb: Any, table: Item, index: str | None, partition: str) -> Iterator[Entry]:
    items = table["items"]
    if index is None:
        members = [(partition, sort) for sort in items.get(partition, {})]
    else:
        members = list(dynamodb._index_members(table).get(index, {}).get(partition, ()))
    keys = order_keys(dynamodb, table, index)
    for base, sort in members:
        yield place(dynamodb, items[base][sort], keys), base, sort


def order_keys(dynamodb: Any, table: Item, index: str | None) -> list[tuple[str, str]]:
    """The attributes that sort a partition, with their types."""
    ranges = key_names(dynamodb, table, index)[1]
    keys: list[tuple[str, str]] = dynamodb._index_order_keys(table, ranges[0] if ranges else None)
    return keys


def key_names(dynamodb: Any, table: Item, index: str | None) -> tuple[list[str], list[str]]:
    """Names of the hash keys and of the sort keys."""
    if index is None:
        return [table["pk_name"]], [table["sk_name"]] if table.get("sk_name") else []
    hashes, ranges = dynamodb._index_key_lists(dynamodb._index_def(table, index))
    return hashes, ranges


def place(dynamodb: Any, item: Mapping[str, Any], keys: list[tuple[str, str]]) -> Place:
    return tuple(dynamodb._index_order_value(item, name, kind) for name, kind in keys)


def place_of(entry: Entry) -> Place:
    return entry[0]


def sort_value(entry: Entry) -> Any:
    return entry[0][0]


def _changed(
    table: Item, base: str, sort: str, item: Item | None, change: Callable[[list[Entry], Entry], None]
) -> None:
    """Apply a write to each order that contains the item."""
    orders = (table.get("_index_members") or {}).get(_ORDERS)
    if not orders or item is None:
        return
    dynamodb = service("dynamodb")
    for index, partitions in orders.items():
        if index is not None and dynamodb._index_def(table, index) is None:
            continue
        hashes, ranges = key_names(dynamodb, table, index)
        partition = base if index is None else dynamodb._index_partition(item, hashes, ranges)
        if partition in partitions:
            change(partitions[partition], (place(dynamodb, item, order_keys(dynamodb, table, index)), base, sort))


def _insert(entries: list[Entry], entry: Entry) -> None:
    insort(entries, entry, key=place_of)


def _remove(entries: list[Entry], entry: Entry) -> None:
    index = bisect_left(entries, entry[0], key=place_of)
    if index < len(entries) and entries[index] == entry:
        del entries[index]


@patch
def partitions_stay_in_order() -> None:
    """DynamoDB keeps a partition in the order of its sort key, and reads a page from its begin. The engine sorts the
    whole partition for every page."""
    dynamodb = service("dynamodb")
    set_item: Callable[..., Any] = dynamodb._set_item
    remove_item: Callable[..., Any] = dynamodb._remove_item

    def keep_set(table: Item, base: str, sort: str, item: Item) -> Any:
        with _lock:
            old = set_item(table, base, sort, item)
            _changed(table, base, sort, old, _remove)
            _changed(table, base, sort, item, _insert)
            return old

    def keep_removed(table: Item, base: str, sort: str) -> Any:
        with _lock:
            old = remove_item(table, base, sort)
            _changed(table, base, sort, old, _remove)
            return old

    dynamodb._set_item = keep_set
    dynamodb._remove_item = keep_removed


def slice_of(
    entries: list[Entry], low: int, high: int, cursor: Place | None, forward: bool, take: Callable[[Entry], bool]
) -> list[Entry]:
    """The entries of a page: after the cursor, in the given direction, to the first one that `take` refuses."""
    with _lock:
        if cursor is not None and forward:
            low = max(low, bisect_right(entries, cursor, key=place_of))
        elif cursor is not None:
            high = min(high, bisect_left(entries, cursor, key=place_of))
        page = []
        for at in range(low, high) if forward else range(high - 1, low - 1, -1):
            page.append(entries[at])
            if not take(entries[at]):
                break
        return page
