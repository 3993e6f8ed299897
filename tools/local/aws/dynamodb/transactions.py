"""Which items are part of a transaction that is at work, and how long transactions take.

The variable `ECOM_TRANSACTION_MS` is a range of milliseconds such as `5-30`, or `0` for transactions that take no time
and never conflict. The draws are seeded: the same transactions in the same order take the same times.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tools.local.aws.dynamodb.index_lag import Uniform
from tools.local.milliseconds import range_from

# The table, and the values of the item's key.
ItemKey = tuple[str, ...]
VARIABLE = "ECOM_TRANSACTION_MS"
DEFAULT = "1-4"
SEED = 1


def duration_from(environ: Mapping[str, str]) -> tuple[float, float]:
    """The times of transactions in seconds. Raises LocalCloudError when the variable has another form."""
    return range_from(environ, VARIABLE, DEFAULT)


class OngoingTransactions:
    """Used on the server's event loop only."""

    def __init__(self, uniform: Uniform | None = None) -> None:
        """`uniform` draws between two limits, in the place of the seeded sequence."""
        self._given = uniform
        self._items: set[ItemKey] = set()
        self.set((0.0, 0.0))

    def set(self, duration: tuple[float, float]) -> None:
        """Transactions take this many seconds from now on. The sequence of draws begins anew."""
        self._low, self._high = duration
        self._uniform = self._given or random.Random(SEED).uniform  # noqa: S311 - repeatable, and no secret

    def conflicts(self, keys: Sequence[ItemKey]) -> list[int]:
        """The positions of the items that are part of a transaction at work."""
        return [position for position, key in enumerate(keys) if key in self._items]

    @contextmanager
    def at_work(self, keys: Collection[ItemKey]) -> Iterator[float]:
        """A transaction with these items, of which none is part of another. Yields the seconds that it takes."""
        self._items.update(keys)
        try:
            yield self._uniform(self._low, self._high)
        finally:
            self._items.difference_update(keys)
