"""Decisions of a run: each is a pure function of the seed and of the decision's name.

There is no shared random stream, so taking one fault, person or order away leaves all other decisions as they were.
Shrinking is therefore plain delta debugging, and a replay is exact.
"""

import uuid
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_RANGE = float(2**64)


class Decisions:
    """The decisions of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._prefix = blake2b(str(seed).encode(), digest_size=16)

    def _digest(self, name: str, size: int) -> bytes:
        hashed = self._prefix.copy()
        hashed.update(name.encode())
        return hashed.digest()[:size]

    def fraction(self, name: str) -> float:
        """A number from 0 to 1 (excluded)."""
        return int.from_bytes(self._digest(name, 8), "big") / _RANGE

    def happens(self, rate: float, name: str) -> bool:
        return rate > 0.0 and self.fraction(name) < rate

    def between(self, low: float, high: float, name: str) -> float:
        return low + (high - low) * self.fraction(name)

    def integer(self, low: int, high: int, name: str) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.fraction(name) * (high - low + 1))

    def choice(self, options: Sequence[T], name: str) -> T:
        return options[int(self.fraction(name) * len(options))]

    def uuid(self, name: str) -> str:
        return str(uuid.UUID(bytes=self._digest(name, 16), version=4))
