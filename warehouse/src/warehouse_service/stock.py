"""Stock of a product: how many are free, how many are kept for orders, and how low that is. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    IN = "IN"
    LOW = "LOW"
    OUT = "OUT"


@dataclass(frozen=True, slots=True)
class Stock:
    """What staff counted is `on_hand`; it is either free or kept for an order."""

    product_id: str
    available: int
    reserved: int

    @property
    def on_hand(self) -> int:
        return self.available + self.reserved


@dataclass(frozen=True, slots=True)
class Move:
    """How a change of an order's request changes the stock of one of its products."""

    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Band:
    """The free units, from `low` to `high` (None: any number), with which a move leads from `before` to `after`."""

    before: Level
    after: Level
    low: int
    high: int | None


def level(available: int, low_at: int) -> Level:
    """OUT with none left, LOW with at most `low_at`."""
    if available <= 0:
        return Level.OUT
    return Level.LOW if available <= low_at else Level.IN


def band(available: int, move: Move, low_at: int) -> Band:
    """The band in which this many free units are, for this move.

    A write that is conditional on its band knows both levels without reading: it announces a change of level exactly
    when there is one. The move must leave nothing negative.
    """
    before, after = level(available, low_at), level(available + move.available, low_at)
    low_before, high_before = _range(before, low_at)
    low_after, high_after = _range(after, low_at)
    lows = (low_before, low_after - move.available)
    highs = [
        high for high in (high_before, None if high_after is None else high_after - move.available) if high is not None
    ]
    return Band(before, after, max(lows), min(highs) if highs else None)


def _range(of: Level, low_at: int) -> tuple[int, int | None]:
    match of:
        case Level.OUT:
            return 0, 0
        case Level.LOW:
            return 1, low_at
        case Level.IN:
            return low_at + 1, None
