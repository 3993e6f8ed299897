"""What a run is to do, and what came of it: JSON files between `make load` and the process of Locust."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# A journey takes some seconds, most of them waiting. A shopper goes on one at a time.
SECONDS_OF_A_JOURNEY = 6
MOST_SHOPPERS = 100


@dataclass(frozen=True)
class Plan:
    """`rate`: journeys that begin in a second. Every person is a dict of `ecom_client.people.Person`."""

    rate: float
    seconds: int
    shoppers: Sequence[Mapping[str, str]]
    staff: Sequence[Mapping[str, str]]
    products: Sequence[Mapping[str, Any]]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Plan":
        return cls(**json.loads(path.read_text()))


def people_for(rate: float) -> tuple[int, int]:
    """How many shoppers and staff a rate needs."""
    return min(max(4, math.ceil(rate * SECONDS_OF_A_JOURNEY)), MOST_SHOPPERS), max(2, math.ceil(rate * 2))


@dataclass(frozen=True)
class Row:
    """One kind of request, or of journey."""

    name: str
    count: int
    failed: int
    rate: float
    """A second, until the end of the run; the journeys that were under way then count in all other columns."""
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Result:
    seconds: float
    begun: int
    """Journeys."""
    rows: Sequence[Row]
    errors: Mapping[str, int]
    """`name: code` -> how often."""
    journeys: Mapping[str, int]
    unfinished: int
    made: Sequence[str]
    orders: Sequence[str]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Result":
        found = json.loads(path.read_text())
        return cls(**{**found, "rows": [Row(**row) for row in found["rows"]]})
