"""Lags of indexes and times of transactions, drawn by name. The local cloud draws them from one random stream."""

import random
from collections.abc import Callable

from tools.local.aws.dynamodb.index_lag import LaggingIndexes
from tools.local.aws.dynamodb.transactions import OngoingTransactions

Draw = Callable[[str], float]
"""A fraction for something of this name."""


class _Named(random.Random):
    def __init__(self, draw: Draw, what: str) -> None:
        super().__init__(0)
        self._fraction, self._what = draw, what

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self._fraction(self._what)


class NamedIndexes(LaggingIndexes):
    def __init__(self, clock: Callable[[], float], draw: Draw) -> None:
        self._named = _Named(draw, "index lag")
        super().__init__(clock)

    def set(self, lag: tuple[float, float]) -> None:
        super().set(lag)
        self._draw = self._named


class NamedTransactions(OngoingTransactions):
    def __init__(self, draw: Draw) -> None:
        self._named = _Named(draw, "transaction")
        super().__init__()

    def set(self, duration: tuple[float, float]) -> None:
        super().set(duration)
        self._draw = self._named
