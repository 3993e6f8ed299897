"""GraphQL: who may follow an order. AppSync calls this once for each subscription to onOrderChanged."""

from typing import Any

from ecom import graphql
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import FOLLOWERS, belongs_to


def handler(event: dict[str, Any], _context: object) -> Any:
    return graphql.resolve(event, {"onOrderChanged": check_follower})


def check_follower(field: Field) -> None:
    """Staff and the owner may follow an order. Raises Unauthorized, also for an order that does not exist."""
    if field.groups & FOLLOWERS:
        return
    item = bootstrap.orders().item(field.arguments["orderId"])
    if item is None or not belongs_to(item.get("userId"), field.user_id):
        raise Unauthorized("only its owner and staff may follow an order")
