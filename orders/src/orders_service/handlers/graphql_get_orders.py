"""GraphQL: getOrders, getOrder. Users read their own orders only."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import belongs_to
from orders_service.errors import UnreadableOrder
from orders_service.graphql_view import to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getOrders": get_orders, "getOrder": get_order}, context)


def get_orders(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to see your orders")
    page = bootstrap.orders().page(field.user_id, field.arguments.get("nextToken"))
    return {"orders": [to_graphql(order) for order in page.items], "nextToken": page.next_token}


def get_order(field: Field) -> dict[str, Any] | None:
    """The order; null when it belongs to another user, does not exist or is not a valid order."""
    try:
        order = bootstrap.orders().get(field.arguments["orderId"])
    except UnreadableOrder:
        return None
    return to_graphql(order) if order is not None and belongs_to(order.user_id, field.user_id) else None


create_during_init(bootstrap.orders)
