"""The events that concern a payment, as the order's id and its progress. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from ecom.contracts.common import Order
from ecom.contracts.orders import OrderCreated, OrderModified
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from payment_service.domain import DELIVERED, ENDED, OrderProgress, OrderSnapshot


def order_created(event: IncomingEvent[OrderCreated]) -> OrderProgress:
    return progress_of_order(event.detail, event.sequence, revised=False)


def order_modified(event: IncomingEvent[OrderModified]) -> OrderProgress:
    return progress_of_order(event.detail["new"], event.sequence, revised=True)


# By detail-type.
PROGRESS: Mapping[str, Callable[[IncomingEvent[Any]], OrderProgress]] = {
    "OrderCreated": order_created,
    "OrderModified": order_modified,
    "OrderDeleted": lambda _: ENDED,
    "PackagingFailed": lambda _: ENDED,
    "PackagingCancelled": lambda _: ENDED,
    "DeliveryCompleted": lambda _: DELIVERED,
    "DeliveryFailed": lambda _: ENDED,
}


def progress_from(event: IncomingEvent[Any]) -> tuple[str, OrderProgress]:
    """The order's id and its progress. Raises InvalidEvent for an id that cannot be a key of the table."""
    order = event.detail["new"] if event.detail_type == "OrderModified" else event.detail
    if not can_be_key(order["orderId"]):
        raise InvalidEvent(f"{event.detail_type}: orderId is too long to be an order's id")
    return order["orderId"], PROGRESS[event.detail_type](event)


def progress_of_order(order: OrderCreated | Order, sequence: int | None, *, revised: bool) -> OrderProgress:
    """The progress in a published order, which alone has the payment token. Older producers omit most fields."""
    snapshot = OrderSnapshot(
        order.get("total"), order.get("packagedDate"), revised, sequence, order.get("modifiedDate")
    )
    return OrderProgress(token=order.get("paymentToken"), snapshot=snapshot, currency=order.get("currency"))
