"""GraphQL: cancelOrder. The warehouse decides, from what it has done; we move on its answer or its event."""

from typing import Any

from ecom import graphql
from ecom.errors import IllegalMove, TryAgain
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import CANCELLED, CANCELLERS, NEW, Order, belongs_to, cancelled, status_of
from orders_service.errors import NoSuchOrder, TooLate
from orders_service.graphql_view import shown

SECONDS = 4.2


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id = str(context.aws_request_id)
    return graphql.resolve(event, {"cancelOrder": lambda field: cancel_order(field, request_id)})


def cancel_order(field: Field, request_id: str) -> Order:
    orders, order_id = bootstrap.orders(), field.arguments["orderId"]
    order = orders.get(order_id)
    if order is None or not (belongs_to(order, field.user_id) or field.groups & CANCELLERS):
        raise NoSuchOrder
    if status_of(order) not in (NEW, CANCELLED):
        raise TooLate(status_of(order))
    if status_of(order) == NEW:
        if not bootstrap.warehouse().cancels(order_id, SECONDS):
            raise IllegalMove("the order can no longer be cancelled: packaging has started")
        now = bootstrap.now()
        order = orders.change(order_id, lambda current: cancelled(current, "cancelOrder", now), request_id)
    answer = shown(order) if order is not None else None
    if answer is None:
        raise TryAgain("the order changed while it was cancelled")
    return answer
