"""GraphQL: who may follow an order. AppSync calls this once for each subscription to onOrderChanged."""

from datetime import timedelta
from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap
from orders_service.domain import FOLLOWERS, belongs_to

# AppSync ends a connection after a day.
CONNECTION = timedelta(hours=24)


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"onOrderChanged": check_follower}, context)


def check_follower(field: Field) -> None:
    """Staff and the owner may follow an order. Raises Unauthorized, also for an order that does not exist.

    The order is marked first: only changes of followed orders are sent to AppSync.
    """
    orders, order_id = bootstrap.orders(), field.arguments["orderId"]
    if not field.groups & FOLLOWERS:
        item = orders.item(order_id)
        if item is None or not belongs_to(item.get("userId"), field.user_id):
            raise Unauthorized("only its owner and staff may follow an order")
    orders.note_follower(order_id, bootstrap.runtime.now() + CONNECTION)


create_during_init(bootstrap.orders)
