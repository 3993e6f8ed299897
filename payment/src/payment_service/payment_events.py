"""The events that concern a payment, as the order's id and its progress. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from ecom.contracts.common import Order
from ecom.contracts.delivery import DeliveryCompleted, DeliveryFailed
from ecom.contracts.orders import OrderCreated, OrderDeleted, OrderModified
from ecom.contracts.warehouse import PackagingCancelled, PackagingFailed
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from payment_service.domain import DELIVERED, ENDED, OrderProgress, OrderSnapshot

OrderEnd = OrderDeleted | PackagingFailed | PackagingCancelled | DeliveryFailed


def order_created(event: IncomingEvent[OrderCreated]) -> tuple[str, OrderProgress]:
    return event.detail["orderId"], progress_of_order(event.detail, event.sequence, revised=False)


def order_modified(event: IncomingEvent[OrderModified]) -> tuple[str, OrderProgress]:
    order = event.detail["new"]
    return order["orderId"], progress_of_order(order, event.sequence, revised=True)


def delivery_completed(event: IncomingEvent[DeliveryCompleted]) -> tuple[str, OrderProgress]:
    return event.detail["orderId"], DELIVERED


def order_ended(event: IncomingEvent[OrderEnd]) -> tuple[str, OrderProgress]:
    return event.detail["orderId"], ENDED


PROGRESS: Mapping[str, Callable[[IncomingEvent[Any]], tuple[str, OrderProgress]]] = {
    "OrderCreated": order_created,
    "OrderModified": order_modified,
    "OrderDeleted": order_ended,
    "PackagingFailed": order_ended,
    "PackagingCancelled": order_ended,
    "DeliveryCompleted": delivery_completed,
    "DeliveryFailed": order_ended,
}


def progress_from(event: IncomingEvent[Any]) -> tuple[str, OrderProgress]:
    """The order's id and its progress. Raises InvalidEvent for an id that cannot be a key of the table."""
    order_id, progress = PROGRESS[event.detail_type](event)
    if not can_be_key(order_id):
        raise InvalidEvent(f"{event.detail_type}: orderId is too long to be an order's id")
    return order_id, progress


def progress_of_order(order: OrderCreated | Order, sequence: int | None, *, revised: bool) -> OrderProgress:
    """The progress in a published order, which alone has the payment token. Older producers omit most fields."""
    snapshot = OrderSnapshot(
        order.get("total"), order.get("packagedDate"), revised, sequence, order.get("modifiedDate")
    )
    return OrderProgress(token=order.get("paymentToken"), snapshot=snapshot)
