"""GraphQL: who may follow an order. AppSync asks when somebody subscribes to onOrderChanged."""

from typing import Any

from ecom import graphql
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import WATCHERS, belongs_to


def handler(event: dict[str, Any], _context: object) -> Any:
    return graphql.resolve(event, {"onOrderChanged": may_follow})


def may_follow(field: Field) -> None:
    """Staff, and the order's owner; an order that does not exist is nobody's. The answer itself says nothing."""
    if field.groups & WATCHERS:
        return
    order = bootstrap.orders().get(field.arguments["orderId"])
    if order is None or not belongs_to(order, field.user_id):
        raise Unauthorized("only its owner and staff may follow an order")
