"""Events about orders: each brings the order's packaging request up to date. A repeated event changes nothing."""

from datetime import datetime
from typing import Any

from ecom.consumer import EventHandlers
from ecom.contracts.delivery import DeliveryFailed
from ecom.contracts.orders import OrderCreated, OrderDeleted, OrderModified
from ecom.events import IncomingEvent
from ecom.observability import count
from warehouse_service import domain
from warehouse_service.domain import Quantities, Request
from warehouse_service.errors import InsufficientStock
from warehouse_service.inputs import quantities_of, valid_id
from warehouse_service.repository import Decide, Warehouse
from warehouse_service.stock import UnitsByProduct

ORDER_IS_NEW = "NEW"  # a status of the order, which orders owns; not of the packaging request


def handlers(warehouse: Warehouse, now: datetime) -> EventHandlers:
    return {
        "OrderCreated": lambda event: order_created(event, warehouse, now),
        "OrderModified": lambda event: order_modified(event, warehouse, now),
        "OrderDeleted": lambda event: order_deleted(event, warehouse, now),
        "DeliveryFailed": lambda event: delivery_failed(event, warehouse),
    }


def order_created(event: IncomingEvent[OrderCreated], warehouse: Warehouse, now: datetime) -> None:
    order_id, wanted = valid_id(event.detail["orderId"]), quantities_of(event.detail["products"])

    def accept(request: Request | None, available: UnitsByProduct) -> Request:
        return domain.accept(request, order_id, wanted, available, now, _sequence(event))

    _change_or_fail(event, warehouse, order_id, wanted, accept, now)


def order_modified(event: IncomingEvent[OrderModified], warehouse: Warehouse, now: datetime) -> None:
    order = event.detail["new"]
    if "products" not in event.detail["changed"] or order.get("status", ORDER_IS_NEW) != ORDER_IS_NEW:
        return
    order_id, wanted = valid_id(order["orderId"]), quantities_of(order.get("products", ()))

    def change_lines(request: Request | None, available: UnitsByProduct) -> Request | None:
        return domain.change_lines(request, order_id, wanted, available, now, _sequence(event))

    _change_or_fail(event, warehouse, order_id, wanted, change_lines, now)


def order_deleted(event: IncomingEvent[OrderDeleted], warehouse: Warehouse, now: datetime) -> None:
    order_id = valid_id(event.detail["orderId"])
    warehouse.change(order_id, lambda request, _available: domain.cancel_deleted(request, now), event.correlation_id)


def delivery_failed(event: IncomingEvent[DeliveryFailed], warehouse: Warehouse) -> None:
    order_id = valid_id(event.detail["orderId"])
    warehouse.change(order_id, lambda request, _available: domain.return_package(request), event.correlation_id)


def _change_or_fail(
    event: IncomingEvent[Any], warehouse: Warehouse, order_id: str, wanted: Quantities, decide: Decide, now: datetime
) -> None:
    """Change the request. If stock is insufficient, packaging fails."""
    try:
        warehouse.change(order_id, decide, event.correlation_id, products=wanted.keys())
    except InsufficientStock:
        count("PackagingRefused")
        warehouse.change(
            order_id,
            lambda request, _available: domain.fail(request, order_id, wanted, now, _sequence(event)),
            event.correlation_id,
        )


def _sequence(event: IncomingEvent[Any]) -> int:
    """The version of the order in the event, 0 when the producer sent none."""
    return max(event.sequence or 0, 0)
