"""What the warehouse hears about orders, and what it does about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecom.events import IncomingEvent
from ecom.observability import count
from warehouse_service import domain
from warehouse_service.domain import Request, Shelves, Status
from warehouse_service.errors import NotEnough
from warehouse_service.inputs import known_id, wanted_of
from warehouse_service.repository import Decide, Warehouse
from warehouse_service.reservations import or_after_lapsing


def hear(event: IncomingEvent[Any], warehouse: Warehouse, now: datetime) -> None:
    """Bring the order's request in line with the fact. A fact that was heard before changes nothing."""
    match event.detail_type:
        case "OrderCreated":
            _take_over(event, event.detail, warehouse, now)
        case "OrderModified":
            _follow(event, warehouse, now)
        case "OrderDeleted":
            _change(event, warehouse, lambda request, _: domain.withdraw(request, now))
        case "DeliveryFailed":
            _change(event, warehouse, lambda request, _: domain.delivery_failed(request))


def _take_over(event: IncomingEvent[Any], order: Mapping[str, Any], warehouse: Warehouse, now: datetime) -> None:
    order_id, wanted = known_id(order["orderId"]), wanted_of(order["products"])

    def accept(request: Request | None, shelves: Shelves) -> Request:
        return domain.accept(request, order_id, wanted, shelves, now, _sequence(event))

    _or_refuse(event, warehouse, order_id, wanted, accept, now)


def _follow(event: IncomingEvent[Any], warehouse: Warehouse, now: datetime) -> None:
    order = event.detail["new"]
    if "products" not in event.detail["changed"] or order.get("status", Status.NEW) != Status.NEW:
        return
    order_id, wanted = known_id(order["orderId"]), wanted_of(order.get("products", ()))

    def follow(request: Request | None, shelves: Shelves) -> Request | None:
        return domain.follow(request, order_id, wanted, shelves, now, _sequence(event))

    _or_refuse(event, warehouse, order_id, wanted, follow, now)


def _or_refuse(
    event: IncomingEvent[Any], warehouse: Warehouse, order_id: str, wanted: domain.Wanted, decide: Decide, now: datetime
) -> None:
    """Do it, or, when the shelves have too little even without what is overdue, let packaging fail."""
    correlation_id = event.correlation_id

    def attempt() -> Request | None:
        return warehouse.change(order_id, decide, correlation_id, products=wanted.keys())

    try:
        or_after_lapsing(warehouse, attempt, now, correlation_id)
    except NotEnough:
        count("PackagingRefused")
        warehouse.change(
            order_id,
            lambda request, _: domain.refuse(request, order_id, wanted, now, _sequence(event)),
            correlation_id,
        )


def _change(event: IncomingEvent[Any], warehouse: Warehouse, decide: Decide) -> None:
    warehouse.change(known_id(event.detail["orderId"]), decide, event.correlation_id)


def _sequence(event: IncomingEvent[Any]) -> int:
    """Which image of the order this is; 0 when the producer does not say."""
    sequence = event.metadata.get("sequence", 0)
    return sequence if isinstance(sequence, int) and sequence > 0 else 0
