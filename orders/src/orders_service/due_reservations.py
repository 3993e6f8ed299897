"""Reservations in the warehouse that are due: they lapse when no order owns them.

Only orders knows which orders exist. OrderCreated may be late, by a throttled function or a dead letter, and an
accepted order must not lose its stock meanwhile. A createOrder that is still at work has reserved within the last
seconds, so its reservation is not due.
"""

from collections.abc import Callable

from ecom.errors import TryAgain
from ecom.observability import count, logger
from orders_service.clients import Warehouse
from orders_service.repository import Orders

MIN_REMAINING_SECONDS = 15.0
LISTINGS = 3


def settle(orders: Orders, warehouse: Warehouse, remaining_seconds: Callable[[], float]) -> None:
    """Settle all due reservations, or as many as there is time for. The next run does the others."""
    token: str | None = None
    while remaining_seconds() > MIN_REMAINING_SECONDS:
        order_ids, token = _due(warehouse, token, remaining_seconds)
        owned = orders.existing(order_ids)
        _settle_page(warehouse, [order_id for order_id in order_ids if order_id not in owned], sorted(owned))
        if token is None:
            return
    count("ReservationsLeftForNextRun")


def _due(
    warehouse: Warehouse, token: str | None, remaining_seconds: Callable[[], float]
) -> tuple[list[str], str | None]:
    """A page of due reservations. A warehouse that is slow for some seconds does not fail the run: it has time to ask
    again."""
    for _ in range(1, LISTINGS):
        try:
            return warehouse.due(token)
        except TryAgain:
            if remaining_seconds() <= MIN_REMAINING_SECONDS:
                raise
    return warehouse.due(token)


def _settle_page(warehouse: Warehouse, abandoned: list[str], owned: list[str]) -> None:
    """One page that cannot be settled now does not keep the others from it."""
    if owned:
        logger().warning("orders exist whose OrderCreated is late", extra={"order_ids": owned})
    if not (abandoned or owned):
        return
    try:
        warehouse.settle_due(abandoned, owned)
    except TryAgain as error:
        count("ReservationsLeftForNextRun")
        logger().warning("left for the next run", extra={"error_type": error.type, "reason": error.message})
