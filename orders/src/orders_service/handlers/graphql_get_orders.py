"""GraphQL: getOrders, getOrder. Everybody sees their own orders, and no others."""

from typing import Any

from ecom import graphql
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import Order, belongs_to
from orders_service.graphql_view import shown


def handler(event: dict[str, Any], _context: object) -> Any:
    return graphql.resolve(event, {"getOrders": get_orders, "getOrder": get_order})


def get_orders(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to see your orders")
    page = bootstrap.orders().page(field.user_id, field.arguments.get("nextToken"))
    orders = [shown(order) for order in page.orders]
    return {"orders": [order for order in orders if order is not None], "nextToken": page.next_token}


def get_order(field: Field) -> Order | None:
    """The order; null for somebody else's, exactly as for one that does not exist."""
    order = bootstrap.orders().get(field.arguments["orderId"])
    return shown(order) if order is not None and belongs_to(order, field.user_id) else None
