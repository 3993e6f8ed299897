"""DynamoDB's limits of one partition: write and read units a second.

A request is refused while a partition that it needs has no units left; what a request uses is taken after it. Only a
crowd reaches these limits, so they are off unless a run asks for them.
"""

import math
from collections.abc import Callable, Iterator

from tools.sim.dynamodb.expressions import Item
from tools.sim.dynamodb.table import Key, Table, size_of

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
WRITE_UNITS, READ_UNITS = 1000.0, 3000.0
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
WRITE_BYTES, READ_BYTES = 1024, 4096
CONSISTENT, EVENTUAL, IN_TRANSACTION = 1.0, 0.5, 2.0
Place = tuple[str, str, str]
"""The table, the index (empty for the table itself), and the value of the partition key."""


class _Units:
    """What each partition has left of one kind of unit. It comes back with time, up to that of one second."""

    def __init__(self, most: float, now: Callable[[], float]) -> None:
        self._most, self._now = most, now
        self._left: dict[Place, tuple[float, float]] = {}

    def left(self, place: Place) -> float:
        at, left = self._left.get(place, (self._now(), self._most))
        return min(self._most, left + self._most * (self._now() - at))

    def use(self, place: Place, units: float) -> None:
        self._left[place] = (self._now(), self.left(place) - units)


class PartitionLimits:
    def __init__(self, now: Callable[[], float]) -> None:
        self._writes, self._reads = _Units(WRITE_UNITS, now), _Units(READ_UNITS, now)

    def may_write(self, table: Table, key: Key, item: Item | None) -> bool:
        """Whether the partition of the item has units left, and those of the indexes that have it."""
        return all(self._writes.left(place) > 0 for place in _places(table, key, item))

    def may_read(self, table: Table, index: str, partition: object) -> bool:
        return self._reads.left((table.schema.name, index, str(partition))) > 0

    def wrote(self, table: Table, key: Key, images: tuple[Item | None, Item | None], factor: float) -> None:
        """`images` are those before and after. An index takes units when what it has of the item changes."""
        before, after = images
        units = math.ceil(size_of(after or before or {}) / WRITE_BYTES) or 1
        own = (table.schema.name, "", str(key[0]))
        self._writes.use(own, units * factor)
        changed = {place for image in images for place in _places(table, key, image)} - {own}
        for place in sorted(changed):
            old, new = (table.projected(place[1], image) if image else None for image in (before, after))
            if old != new:
                self._writes.use(place, units)

    def read(self, table: Table, index: str, partition: object, size: int, factor: float) -> None:
        self._reads.use((table.schema.name, index, str(partition)), factor * (math.ceil(size / READ_BYTES) or 1))


def _places(table: Table, key: Key, item: Item | None) -> Iterator[Place]:
    """The partitions of an item: in the table, and in the indexes that have it."""
    yield table.schema.name, "", str(key[0])
    for name, index in table.schema.indexes.items():
        if item is not None and all(attribute in item for attribute in index.keys.names):
            yield table.schema.name, name, str(next(iter(item[index.keys.hash].values())))
