"""Stock agrees with the sum of the requests; stock that changes between two reads is not compared."""

from dataclasses import replace

from reconciliation.tests.builders import LINES, ORDER
from reconciliation_service.findings import Kind
from reconciliation_service.snapshots import CANCELLED, COMPLETED, HELD, IN_PROGRESS, NEW, Request, Stock
from reconciliation_service.stock import StockReading, judge, reserved_units, suspects

KETTLE = Stock("kettle", available=8, reserved=2)


def reading(stock: Stock, reserved: int, after: Stock | None = None) -> StockReading:
    return StockReading({stock.product_id: stock}, {"kettle": reserved}, {stock.product_id: after or stock})


def test_reserved_units_are_added_up() -> None:
    requests = [Request(ORDER, status, LINES) for status in (HELD, NEW, IN_PROGRESS, COMPLETED, CANCELLED)]
    assert reserved_units(requests) == {"kettle": 6}


def test_matching_stock_is_no_finding() -> None:
    assert suspects(reading(KETTLE, 2)) == []
    assert judge(reading(KETTLE, 2), reading(KETTLE, 2)) == []


def test_a_difference_is_found() -> None:
    assert suspects(reading(KETTLE, 3)) == ["kettle"]
    (found,) = judge(reading(KETTLE, 3), reading(KETTLE, 3))
    assert (found.kind, found.ids) == (Kind.STOCK_DOES_NOT_ADD_UP, {"productId": "kettle"})


def test_a_negative_number_is_found() -> None:
    below = replace(KETTLE, available=-1)
    assert len(judge(reading(below, 2), reading(below, 2))) == 1


def test_changing_stock_is_no_finding() -> None:
    moved = replace(KETTLE, available=7, reserved=3)
    assert judge(reading(KETTLE, 3, after=moved), reading(moved, 4)) == []
    assert judge(reading(KETTLE, 3), reading(moved, 4)) == []
    assert judge(reading(KETTLE, 3), reading(KETTLE, 4)) == []
    assert judge(reading(KETTLE, 3, after=moved), reading(KETTLE, 3)) == []


def test_a_difference_that_is_gone_is_no_finding() -> None:
    assert judge(reading(KETTLE, 3), reading(KETTLE, 2)) == []


def test_an_untracked_product_is_no_finding() -> None:
    gone = StockReading({}, {"kettle": 2}, {})
    assert judge(gone, gone) == []
