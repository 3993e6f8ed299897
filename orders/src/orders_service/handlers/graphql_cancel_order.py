"""GraphQL: cancelOrder. The warehouse decides. The order changes with its answer or event, the first to arrive.

Services that may invoke the function send `{"orderId", "userId"}` instead, for the order of that user.
"""

from collections.abc import Mapping
from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import IllegalMove, TryAgain
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import CANCELLERS, Order, Status, belongs_to, cancel
from orders_service.errors import NoSuchOrder, TooLate, UnreadableOrder
from orders_service.graphql_view import to_graphql
from orders_service.rows import order_from_item

SECONDS = 4.2


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"cancelOrder": lambda field: to_graphql(cancel_order(field), bootstrap.currency())}
    return graphql.resolve(event if "info" in event else _as_field(event), fields, context)


def _as_field(event: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a service as the field of the user: it has no groups."""
    return {
        "info": {"fieldName": "cancelOrder"},
        "arguments": {"orderId": str(event["orderId"])},
        "identity": {"sub": str(event["userId"])},
    }


def cancel_order(field: Field) -> Order:
    orders, order_id = bootstrap.orders(), field.arguments["orderId"]
    item = orders.item(order_id)
    if item is None or not (belongs_to(item.get("userId"), field.user_id) or field.groups & CANCELLERS):
        raise NoSuchOrder
    try:
        order = order_from_item(item)
        if not _may_cancel(order):
            return order
        now = bootstrap.runtime.now()
        cancelled = orders.change(order_id, lambda current: cancel(current, "cancelOrder", now), field.request_id)
    except UnreadableOrder as error:
        raise TryAgain(error.message) from error
    if cancelled is None:
        raise TryAgain("the order was deleted while it was cancelled")
    return cancelled


def _may_cancel(order: Order) -> bool:
    """Whether the warehouse agrees; False for an order that is cancelled already. Raises IllegalMove."""
    if order.current_status == Status.CANCELLED:
        return False
    if order.current_status != Status.NEW:
        raise TooLate(order.current_status)
    if not bootstrap.warehouse().cancel(order.order_id, SECONDS):
        raise IllegalMove("the order can no longer be cancelled: packaging has started")
    return True


create_during_init(bootstrap.orders, bootstrap.warehouse)
