"""Stock of a product: its available and reserved units, and the level that is published. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["IN", "LOW", "OUT"]
# Available units by product id; None: the product is untracked, so that there is always enough.
UnitsByProduct = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Stock:
    product_id: str
    available: int
    reserved: int

    @property
    def on_hand(self) -> int:
        return self.available + self.reserved


@dataclass(frozen=True, slots=True)
class Available:
    """The available units of a product's own item and, while its stock is spread, of its shards (sharded_stock.py)."""

    main: int
    shards: Mapping[int, int] = field(default_factory=dict)
    is_spread: bool = False

    @property
    def total(self) -> int:
        return self.main + sum(self.shards.values())


# By product id; None: the product is untracked.
AvailableByProduct = Mapping[str, Available | None]


@dataclass(frozen=True, slots=True)
class Availability:
    """What shoppers see of the stock of a product. `version` tells an older one from a newer one; None: the product is
    untracked."""

    product_id: str
    level: Level
    version: int | None = None


@dataclass(frozen=True, slots=True)
class StockChange:
    """What is added to the available and to the reserved units of a product."""

    available: int
    reserved: int

    def __add__(self, other: "StockChange") -> "StockChange":
        return StockChange(self.available + other.available, self.reserved + other.reserved)

    def __sub__(self, other: "StockChange") -> "StockChange":
        return StockChange(self.available - other.available, self.reserved - other.reserved)


@dataclass(frozen=True, slots=True)
class Band:
    """The numbers of available units, from `low` to `high` (None: any), for which a change leads from the level
    `before` to the level `after`."""

    before: Level
    after: Level
    low: int
    high: int | None


def level(available: int, low_stock: int) -> Level:
    """OUT with no units, LOW with at most `low_stock`."""
    if available <= 0:
        return "OUT"
    return "LOW" if available <= low_stock else "IN"


def band(available: int, change: StockChange, low_stock: int) -> Band:
    """The band that contains this number of available units, for this change.

    A write with the band as its condition publishes a change of level exactly when there is one, also if `available` is
    what an execution environment remembers, or a guess: if that is wrong, the condition fails. `available` must be
    enough for the change.
    """
    before, after = level(available, low_stock), level(available + change.available, low_stock)
    low_before, high_before = _range(before, low_stock)
    low_after, high_after = _range(after, low_stock)
    highs = [
        high
        for high in (high_before, None if high_after is None else high_after - change.available)
        if high is not None
    ]
    return Band(before, after, max(low_before, low_after - change.available), min(highs, default=None))


def _range(of: Level, low_stock: int) -> tuple[int, int | None]:
    match of:
        case "OUT":
            return 0, 0
        case "LOW":
            return 1, low_stock
        case "IN":
            return low_stock + 1, None
