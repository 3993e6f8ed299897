"""Which items are part of a transaction that is at work, with which token, and how long transactions take.

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
# Codes and texts of refusals, for a token that a transaction at work has: the same request, or another one.
GOES_ON = ("TransactionInProgressException", "The transaction with the given request token is already in progress.")
MISMATCH = (
    "IdempotentParameterMismatchException",
    "Request token already in use for another request with a different payload",
)


def duration_from(environ: Mapping[str, str]) -> tuple[float, float]:
    """The times of transactions in seconds. Raises LocalCloudError when the variable has another form."""
    return range_from(environ, VARIABLE, DEFAULT)


class OngoingTransactions:
    """Used on the server's event loop only."""

    def __init__(self, uniform: Uniform | None = None) -> None:
        """`uniform` draws between two limits, in the place of the seeded sequence."""
        self._given = uniform
        self._items: set[ItemKey] = set()
        self._requests: dict[str, object] = {}
        self.set((0.0, 0.0))

    def set(self, duration: tuple[float, float]) -> None:
        """Transactions take this many seconds from now on. The sequence of draws begins anew."""
        self._low, self._high = duration
        self._uniform = self._given or random.Random(SEED).uniform  # noqa: S311 - repeatable, and no secret

    def conflicts(self, keys: Sequence[ItemKey]) -> list[int]:
        """The positions of the items that are part of a transaction at work."""
        return [position for position, key in enumerate(keys) if key in self._items]

    def refusal(self, token: str | None, request: object) -> tuple[str, str] | None:
        """Why the request of a transaction is refused while one with the same token is at work; None without one."""
        if token is None or token not in self._requests:
            return None
        return GOES_ON if self._requests[token] == request else MISMATCH

    @contextmanager
    def at_work(self, keys: Collection[ItemKey], token: str | None = None, request: object = None) -> Iterator[float]:
        """A transaction with these items, of which none is part of another, and with a token that no other one has.
        Yields the seconds that it takes."""
        self._items.update(keys)
        if token is not None:
            self._requests[token] = request
        try:
            yield self._uniform(self._low, self._high)
        finally:
            self._items.difference_update(keys)
            if token is not None:
                del self._requests[token]
