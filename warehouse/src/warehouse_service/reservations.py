"""Reserving stock for an order, and what happens to a reservation that is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ecom.observability import count
from warehouse_service import domain
from warehouse_service.domain import Quantities, Request
from warehouse_service.repository import Warehouse


def reserve(
    warehouse: Warehouse,
    order_id: str,
    wanted: Quantities,
    now: datetime,
    lifetime: timedelta,
    correlation_id: str,
    attempt: str = "",
) -> Request:
    """Reserve all units for the order, or none: raises InsufficientStock."""
    request = warehouse.change(
        order_id,
        lambda request, available: domain.reserve(request, order_id, wanted, available, now, lifetime, attempt),
        correlation_id,
        products=wanted.keys(),
        expect_new=True,
    )
    if request is None:
        raise AssertionError("domain.reserve always returns a request")
    return request


def settle_due(
    warehouse: Warehouse,
    abandoned: Sequence[str],
    owned: Sequence[str],
    now: datetime,
    lifetime: timedelta,
    correlation_id: str,
) -> int:
    """Lapse due reservations that no order owns, and keep those that one owns. Returns how many lapsed."""
    lapsed = warehouse.lapse(abandoned, now, correlation_id)
    if lapsed:
        count("ReservationsLapsed", lapsed)
    for order_id in owned:
        warehouse.change(order_id, lambda request, _available: domain.keep(request, now, lifetime), correlation_id)
    if owned:
        count("ReservationsKept", len(owned))
    return lapsed
