"""Decisions of a run: each is a pure function of the seed and of the decision's name.

There is no shared random stream, so taking one fault, person or order away leaves all other decisions as they were.
Shrinking is therefore plain delta debugging, and a replay is exact.
"""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_RANGE = float(2**64)
_first_half = struct.Struct(">Q8x").unpack


def uuid4_of(data: bytes) -> str:
    """The text of `uuid.UUID(bytes=data, version=4)`."""
    text = data.hex()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


class Decisions:
    """The decisions of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._copy = blake2b(str(seed).encode(), digest_size=16).copy

    def fraction(self, name: str) -> float:
        """A number from 0 to 1 (excluded)."""
        hashed = self._copy()
        hashed.update(name.encode())
        return _first_half(hashed.digest())[0] / _RANGE  # type: ignore[no-any-return]  # of a struct

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
        hashed = self._copy()
        hashed.update(name.encode())
        return uuid4_of(hashed.digest())
