"""How far global secondary indexes lag behind their table: the setting, and the images that an index still shows.

The variable `ECOM_INDEX_LAG_MS` is a range of milliseconds such as `5-500`, or `0` for indexes without a lag. The draws
are seeded: the same writes in the same order lag by the same times.
"""

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.milliseconds import range_from

Item = dict[str, Any]
Key = tuple[str, str]
VARIABLE = "ECOM_INDEX_LAG_MS"
DEFAULT = "1-20"
SEED = 1
Uniform = Callable[[float, float], float]


def lag_from(environ: Mapping[str, str]) -> tuple[float, float]:
    """The shortest and the longest lag in seconds. Raises LocalCloudError when the variable has another form."""
    return range_from(environ, VARIABLE, DEFAULT)


class LaggingIndexes:
    """The images before writes that the indexes do not show yet.

    The writes of one item become visible in their order. An image is dropped when its write is visible, so memory is
    bounded by the writes of the longest lag.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, uniform: Uniform | None = None) -> None:
        """`uniform` draws between two limits, in the place of the seeded sequence."""
        self._given = uniform
        self._clock, self._lock, self._number = clock, threading.Lock(), itertools.count()
        self.set((0.0, 0.0))

    def set(self, lag: tuple[float, float]) -> None:
        """Lag by this many seconds from now on. The sequence of draws begins anew."""
        with self._lock:
            self._low, self._high = lag
            self._uniform = self._given or random.Random(SEED).uniform  # noqa: S311 - repeatable, and no secret
            self._due: list[tuple[float, int, Item, Key]] = []
            self._before: dict[int, dict[Key, list[tuple[float, Item | None]]]] = {}

    def note(self, table: Item, key: Key, before: Item | None) -> None:
        """Record a write to an item that had this image before."""
        if not self._high or not table.get("GlobalSecondaryIndexes"):
            return
        with self._lock:
            now = self._clock()
            self._drop_visible(now)
            images = self._before.setdefault(id(table), {}).setdefault(key, [])
            visible = now + self._uniform(self._low, self._high)
            visible = max([visible, *(at for at, _ in images[-1:])])
            images.append((visible, before))
            heapq.heappush(self._due, (visible, next(self._number), table, key))

    def images(self, table: Item) -> dict[Key, Item | None]:
        """What the table's global indexes show instead of the present items; None where they show no item."""
        with self._lock:
            self._drop_visible(self._clock())
            return {key: images[0][1] for key, images in self._before.get(id(table), {}).items()}

    def _drop_visible(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, _, table, key = heapq.heappop(self._due)
            images = self._before[id(table)]
            images[key].pop(0)
            if not images[key]:
                del images[key]
            if not images:
                del self._before[id(table)]
