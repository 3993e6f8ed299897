"""Compares the reserved units of each product with the requests that reserve them. Pure.

Stock and requests cannot be read at one moment. So they are read twice, and a difference counts only if both readings
find it and the stock did not change in between.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciliation_service.findings import Finding, Kind
from reconciliation_service.snapshots import KEEPS_STOCK, Request, Stock


def reserved_units(requests: Iterable[Request]) -> Counter[str]:
    """The units that the requests reserve, by product."""
    units: Counter[str] = Counter()
    for request in requests:
        for line in request.lines:
            if line.tracked and request.status in KEEPS_STOCK:
                units[line.product_id] += line.quantity
    return units


@dataclass(frozen=True, slots=True)
class StockReading:
    """Stock before and after the requests were added up. Untracked products are missing."""

    before: Mapping[str, Stock]
    reserved: Mapping[str, int]
    after: Mapping[str, Stock]


def suspects(reading: StockReading) -> list[str]:
    """Products whose stock may be wrong."""
    return sorted(product_id for product_id, stock in reading.after.items() if _is_suspicious(stock, reading))


def judge(first: StockReading, second: StockReading) -> list[Finding]:
    """The differences that both readings have, of stock that did not change."""
    return [
        _finding(second.after[product_id], second.reserved.get(product_id, 0))
        for product_id in suspects(second)
        if second.before.get(product_id) == second.after[product_id]
        and _state(first, product_id) == _state(second, product_id)
    ]


def _is_suspicious(stock: Stock, reading: StockReading) -> bool:
    return stock.available < 0 or stock.reserved < 0 or stock.reserved != reading.reserved.get(stock.product_id, 0)


def _state(reading: StockReading, product_id: str) -> tuple[Stock | None, Stock | None, int]:
    return reading.before.get(product_id), reading.after.get(product_id), reading.reserved.get(product_id, 0)


def _finding(stock: Stock, reserved: int) -> Finding:
    actual = f"available {stock.available}, reserved {stock.reserved}"
    expected = f"reserved {reserved}, the sum of the requests, and neither below zero"
    return Finding(Kind.STOCK_DOES_NOT_ADD_UP, {"productId": stock.product_id}, actual, expected, None)
