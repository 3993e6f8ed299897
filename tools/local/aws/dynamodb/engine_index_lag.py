"""Global secondary indexes that lag behind their table."""

from bisect import insort
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.dynamodb import engine_partitions
from tools.local.aws.dynamodb.index_lag import Item, Key, LaggingIndexes
from tools.local.engine.patching import patch, service

indexes = LaggingIndexes()


@patch
def indexes_lag_behind_their_table() -> None:
    """DynamoDB updates global secondary indexes after the write was answered. The engine reads the table's items."""
    dynamodb = service("dynamodb")

    def noting(original: Callable[..., Any]) -> Callable[..., Any]:
        def write(table: Item, base: str, sort: str, *item: Any) -> Any:
            before = original(table, base, sort, *item)
            indexes.note(table, (base, sort), before)
            return before

        return write

    dynamodb._set_item = noting(dynamodb._set_item)
    dynamodb._remove_item = noting(dynamodb._remove_item)


def shown(table: Item, index: str | None) -> dict[Key, Item | None]:
    """The images that the index shows instead of present items; empty for a table, a local index, and without lag."""
    is_global = index and any(one["IndexName"] == index for one in table.get("GlobalSecondaryIndexes") or ())
    return indexes.images(table) if is_global else {}


def entries_of(
    table: Item, index: str | None, partition: str, images: Mapping[Key, Item | None]
) -> list[engine_partitions.Entry]:
    """The items of a partition in order, as the index shows them."""
    present = engine_partitions.entries_of(table, index, partition)
    if not images:
        return present
    dynamodb = service("dynamodb")
    keys = engine_partitions.order_keys(dynamodb, table, index)
    hashes, ranges = engine_partitions.key_names(dynamodb, table, index)
    entries = [entry for entry in present if entry[1:] not in images]
    for (base, sort), image in images.items():
        if image is not None and dynamodb._index_partition(image, hashes, ranges) == partition:
            entry = engine_partitions.place(dynamodb, image, keys), base, sort
            insort(entries, entry, key=engine_partitions.place_of)
    return entries


def items_of(table: Item, images: Mapping[Key, Item | None]) -> Item:
    """All items of the table, as its global indexes show them."""
    items = {base: dict(sorts) for base, sorts in table["items"].items()}
    for (base, sort), image in images.items():
        sorts = items.setdefault(base, {})
        sorts.pop(sort, None)
        if image is not None:
            sorts[sort] = image
    return items
