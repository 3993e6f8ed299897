"""What is reserved of a product is what the requests keep that were counted when they took it. Pure.

Shelves and requests cannot be read in one moment. So they are looked at twice, and only what two quiet looks, in which
the shelf did not move, find alike is said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciliation_service.findings import Finding, Kind
from reconciliation_service.snapshots import KEEPS_STOCK, Request, Stock


@dataclass(slots=True)
class ReservedUnits:
    """Adds up what requests keep, one by one, so that no list of them is needed."""

    units: Counter[str] = field(default_factory=Counter)

    def add(self, request: Request) -> None:
        if request.status in KEEPS_STOCK:
            for line in request.lines:
                if line.tracked:
                    self.units[line.product_id] += line.quantity


@dataclass(frozen=True, slots=True)
class StockReading:
    """Shelves before and after the requests were added up. A shelf that nobody counts any more is missing."""

    before: Mapping[str, Stock]
    reserved: Mapping[str, int]
    after: Mapping[str, Stock]


def suspects(look: StockReading) -> list[str]:
    """Products that are worth a second look."""
    return sorted(product_id for product_id, stock in look.after.items() if _is_suspicious(stock, look))


def judge(first: StockReading, second: StockReading) -> list[Finding]:
    """What both looks found, of shelves that stood still during both."""
    alike = [
        product_id
        for product_id in suspects(second)
        if _stood_still(product_id, first, second)
        and first.reserved.get(product_id, 0) == second.reserved.get(product_id, 0)
    ]
    return [_finding(second.after[product_id], second.reserved.get(product_id, 0)) for product_id in alike]


def _is_suspicious(stock: Stock, look: StockReading) -> bool:
    return stock.available < 0 or stock.reserved < 0 or stock.reserved != look.reserved.get(stock.product_id, 0)


def _stood_still(product_id: str, first: StockReading, second: StockReading) -> bool:
    states: Iterable[Stock | None] = (
        first.before.get(product_id),
        first.after.get(product_id),
        second.before.get(product_id),
        second.after.get(product_id),
    )
    return len(set(states)) == 1


def _finding(stock: Stock, reserved: int) -> Finding:
    actual = f"available {stock.available}, reserved {stock.reserved}"
    expected = f"reserved {reserved}, as requests keep, and neither below zero"
    return Finding(Kind.STOCK_DOES_NOT_ADD_UP, {"productId": stock.product_id}, actual, expected, None)
