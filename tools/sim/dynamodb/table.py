"""One table: its items, by key and by the partitions of the table and of its indexes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tools.sim.dynamodb.expressions import Invalid, Item, Value, comparable

Key = tuple[Any, ...]
MAX_ITEM_BYTES = 400 * 1024


@dataclass(frozen=True)
class Keys:
    """A key schema: the partition's attribute and, if there is one, the sort key's."""

    hash: str
    range: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        return (self.hash, self.range) if self.range else (self.hash,)


@dataclass(frozen=True)
class Index:
    keys: Keys
    attributes: frozenset[str] | None
    """The attributes that it has besides the keys; None means all."""


@dataclass(frozen=True)
class Schema:
    """A table as its template describes it."""

    name: str
    arn: str
    keys: Keys
    types: Mapping[str, str]
    indexes: Mapping[str, Index] = field(default_factory=dict)
    stream_arn: str = ""
    expires: str = ""
    """The attribute of the time to live."""


class Table:
    """Items by key. `Store` calls `write`, and informs those that wait for writes."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.items: dict[Key, Item] = {}
        # What `LaggingIndexes` takes for the table's description. Each table has its own, with indexes or not, since
        # reads of the table itself lag too.
        self.lag_description: dict[str, Any] = {"GlobalSecondaryIndexes": True}
        # By the name of the index; "" is the table itself.
        self._partitions: dict[str, dict[Any, dict[Key, Item]]] = {name: {} for name in ("", *schema.indexes)}

    def key_of(self, item: Item, *, exact: bool = False) -> Key:
        """The key of an item, or of a request's Key. Raises Invalid as DynamoDB does."""
        names = self.schema.keys.names
        if exact and set(item) != set(names):
            raise Invalid("The provided key element does not match the schema")
        parts = []
        for name in names:
            value = item.get(name)
            kind = self.schema.types[name]
            if value is None or kind not in value:
                raise Invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")
            if value[kind] == "":
                raise Invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute "
                    f"cannot contain an empty string value. Key: {name}"
                )
            parts.append(value[kind])
        return tuple(parts)

    def check(self, item: Item) -> None:
        """Raise Invalid unless DynamoDB stores the item: types of index keys, and size."""
        for index in self.schema.indexes.values():
            for name in index.keys.names:
                value = item.get(name)
                if value is not None and self.schema.types[name] not in value:
                    raise Invalid(f"One or more parameter values were invalid: Type mismatch for Index Key {name}")
        if size_of(item) > MAX_ITEM_BYTES:
            raise Invalid("Item size has exceeded the maximum allowed size")

    def write(self, key: Key, new: Item | None) -> Item | None:
        """Store the item, or delete it. Returns the image before."""
        old = self.items.get(key)
        if new is None:
            self.items.pop(key, None)
        else:
            self.items[key] = new
        for name, partitions in self._partitions.items():
            keys = self.schema.indexes[name].keys if name else self.schema.keys
            if old is not None and (partition := partition_of(old, keys)) is not None:
                partitions[partition].pop(key, None)
            if new is not None and (partition := partition_of(new, keys)) is not None:
                partitions.setdefault(partition, {})[key] = new
        return old

    def in_partition(self, index: str, partition: Any) -> dict[Key, Item]:
        return self._partitions[index].get(partition, {})

    def in_index(
        self, index: str, overridden: Mapping[Key, Item | None], partition: Any = None
    ) -> Iterator[tuple[Key, Item]]:
        """The items of an index (of one partition), where some keys show an older image."""
        keys = self.schema.indexes[index].keys if index else self.schema.keys
        is_whole = partition is None  # a partition has only items of the index
        for key, item in (self.items if is_whole else self.in_partition(index, partition)).items():
            if key not in overridden and not (is_whole and partition_of(item, keys) is None):
                yield key, item
        for key, old in overridden.items():
            if old is not None and (where := partition_of(old, keys)) is not None and partition in (None, where):
                yield key, old

    def projected(self, index: str, item: Item) -> Item:
        """The attributes that an index has of an item."""
        kept = self.schema.indexes[index].attributes if index else None
        if kept is None:
            return item
        names = kept | set(self.schema.keys.names) | set(self.schema.indexes[index].keys.names)
        return {name: value for name, value in item.items() if name in names}


def partition_of(item: Item, keys: Keys) -> Any:
    """The partition of an item in a table or index; None when the index does not have it."""
    value = item.get(keys.hash)
    if value is None or (keys.range and keys.range not in item):
        return None
    return comparable(value)


def sort_key(item: Item, keys: Keys) -> Any:
    return comparable(item[keys.range])[1] if keys.range else 0


def size_of(item: Item) -> int:
    return sum(len(name) + _size_of(value) for name, value in item.items())


def _size_of(value: Value) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(len(key) + 1 + _size_of(one) for key, one in content.items())
    if kind == "L":
        return 3 + sum(1 + _size_of(one) for one in content)
    return len(str(content))
