"""GraphQL: getOrders, getOrder, getOrdersByUser. Users read their own orders only; the group admin reads all."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import READERS, belongs_to
from orders_service.errors import UnreadableOrder
from orders_service.graphql_view import to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"getOrders": get_orders, "getOrder": get_order, "getOrdersByUser": get_orders_by_user}
    return graphql.resolve(event, fields, context)


def get_orders(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to see your orders")
    return page_of(field.user_id, field)


def get_orders_by_user(field: Field) -> dict[str, Any]:
    """The schema lets in the group admin alone. The check here holds if its directive is ever wrong."""
    if not field.groups & READERS:
        raise Unauthorized("only the group admin reads the orders of other users")
    return page_of(field.arguments["userId"], field)


def page_of(user_id: str, field: Field) -> dict[str, Any]:
    """A page of the user's orders; an empty one for an id that no user can have."""
    if not can_be_key(user_id):
        return {"orders": [], "nextToken": None}
    page = bootstrap.orders().page(user_id, field.arguments.get("nextToken"))
    orders = [to_graphql(order, bootstrap.currency()) for order in page.items]
    return {"orders": orders, "nextToken": page.next_token}


def get_order(field: Field) -> dict[str, Any] | None:
    """The order; null when the caller may not read it, or when it does not exist or is not a valid order."""
    try:
        order = bootstrap.orders().get(field.arguments["orderId"])
    except UnreadableOrder:
        return None
    if order is None or not (belongs_to(order.user_id, field.user_id) or field.groups & READERS):
        return None
    return to_graphql(order, bootstrap.currency())


create_during_init(bootstrap.orders)
