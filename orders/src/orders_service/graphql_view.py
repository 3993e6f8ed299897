"""An order as the GraphQL schema has it. Pure."""

from typing import Any

from ecom.order_view import order_view
from orders_service.domain import Order
from orders_service.rows import item_from_order


def to_graphql(order: Order, currency: str) -> dict[str, Any]:
    """The currency is that of an order without one."""
    return order_view(item_from_order(order), currency)
