"""Keeping stock for an order for a while, and giving back what was kept too long."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ecom.errors import TryAgain
from ecom.observability import count
from warehouse_service import domain
from warehouse_service.domain import Request, Wanted
from warehouse_service.errors import NotEnough
from warehouse_service.repository import Warehouse

T = TypeVar("T")
# What somebody who waits for stock lapses on the way; the schedule does the rest.
A_FEW = 10


def reserve(
    warehouse: Warehouse, order_id: str, wanted: Wanted, now: datetime, lifetime: timedelta, correlation_id: str
) -> Request:
    """Keep all of it for the order, or nothing: then NotEnough says what is missing."""

    def attempt() -> Request | None:
        return warehouse.change(
            order_id,
            lambda request, shelves: domain.reserve(request, order_id, wanted, shelves, now, lifetime),
            correlation_id,
            products=wanted.keys(),
            probably_unknown=True,
        )

    request = or_after_lapsing(warehouse, attempt, now, correlation_id)
    if request is None:
        raise AssertionError("a reservation is never nothing")
    return request


def or_after_lapsing(warehouse: Warehouse, attempt: Callable[[], T], now: datetime, correlation_id: str) -> T:
    """Try; when there is too little, give due reservations back and try once more."""
    try:
        return attempt()
    except NotEnough:
        if not lapse_due(warehouse, now, A_FEW, correlation_id):
            raise
        return attempt()


def lapse_due(warehouse: Warehouse, now: datetime, at_most: int, correlation_id: str) -> int:
    """Give due reservations back, the longest due first; answers how many. A contested one waits for the next time."""
    lapsed = 0
    for order_id in warehouse.due_ids(now, at_most):
        if _lapse(warehouse, order_id, now, correlation_id):
            lapsed += 1
    if lapsed:
        count("ReservationsLapsed", lapsed)
    return lapsed


def _lapse(warehouse: Warehouse, order_id: str, now: datetime, correlation_id: str) -> bool:
    done = False

    def decide(request: Request | None, _shelves: domain.Shelves) -> Request | None:
        nonlocal done
        new = domain.lapse(request, now)
        done = new is not request
        return new

    try:
        warehouse.change(order_id, decide, correlation_id)
    except TryAgain:
        count("LapseContested")
        return False
    return done
