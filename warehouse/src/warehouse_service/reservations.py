"""Reserving stock for an order, and freeing the stock of reservations that are due."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ecom.errors import TryAgain
from ecom.observability import count
from warehouse_service import domain
from warehouse_service.domain import Quantities, Request
from warehouse_service.errors import InsufficientStock
from warehouse_service.repository import Warehouse
from warehouse_service.stock import AvailableUnits

T = TypeVar("T")
# Due reservations that a caller in need of stock lapses; the schedule lapses the others.
MAX_LAPSED_BY_CALLER = 10


def reserve(
    warehouse: Warehouse, order_id: str, wanted: Quantities, now: datetime, lifetime: timedelta, correlation_id: str
) -> Request:
    """Reserve all units for the order, or none: raises InsufficientStock."""

    def attempt() -> Request | None:
        return warehouse.change(
            order_id,
            lambda request, available: domain.reserve(request, order_id, wanted, available, now, lifetime),
            correlation_id,
            products=wanted.keys(),
            expect_new=True,
        )

    request = retry_after_lapsing(warehouse, attempt, now, correlation_id)
    if request is None:
        raise AssertionError("domain.reserve always returns a request")
    return request


def retry_after_lapsing(warehouse: Warehouse, attempt: Callable[[], T], now: datetime, correlation_id: str) -> T:
    """The attempt's result. When stock is insufficient, lapse due reservations and attempt once more."""
    try:
        return attempt()
    except InsufficientStock:
        if not lapse_due(warehouse, now, MAX_LAPSED_BY_CALLER, correlation_id):
            raise
        return attempt()


def lapse_due(warehouse: Warehouse, now: datetime, at_most: int, correlation_id: str) -> int:
    """Lapse due reservations, the longest due first, and return how many. A reservation that is
    changed concurrently, or whose outcome is unknown, is left for the next run."""
    due = warehouse.due_order_ids(now, at_most)
    lapsed = sum(_lapse(warehouse, order_id, now, correlation_id) for order_id in due)
    if lapsed:
        count("ReservationsLapsed", lapsed)
    return lapsed


def _lapse(warehouse: Warehouse, order_id: str, now: datetime, correlation_id: str) -> bool:
    lapsed = False

    def decide(request: Request | None, _available: AvailableUnits) -> Request | None:
        nonlocal lapsed
        new = domain.lapse(request, now)
        lapsed = new is not request
        return new

    try:
        warehouse.change(order_id, decide, correlation_id)
    except TryAgain:
        count("LapseContested")
        return False
    return lapsed
