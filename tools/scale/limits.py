"""AWS's limits and the model's assumptions, from the JSON files beside this module."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DAY = 86_400
# The units of a limit, and the seconds that one of it lasts. `at once` counts what runs at the same moment.
SECONDS = {"a day": DAY, "a second": 1, "write units a second": 1, "at once": 1}


@dataclass(frozen=True)
class Limit:
    """One limit of an account in a Region, and the counts of an order that use it up."""

    name: str
    value: Mapping[str, float]
    unit: str
    uses: tuple[str, ...]
    source: str
    date: str
    remedy: str
    note: str = ""
    quota: Mapping[str, str] | None = None
    """`service` and `code` in the Service Quotas API, where AWS has one."""

    def of(self, region: str) -> float:
        return self.value.get(region, self.value["default"])


def limits(path: Path = HERE / "limits.json") -> list[Limit]:
    return [Limit(**{**entry, "uses": tuple(entry["uses"])}) for entry in json.loads(path.read_text())]


def assumptions(path: Path = HERE / "assumptions.json") -> dict[str, Any]:
    """Name -> `value` and `why`."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found
