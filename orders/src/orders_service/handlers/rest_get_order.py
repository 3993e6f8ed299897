"""REST: GET /backend/{orderId}. Services get the order with its payment token."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.stored_orders import public
from orders_service import bootstrap


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    item = bootstrap.orders().item(event["pathParameters"]["orderId"])
    if item is None:
        return rest.respond(404, {"message": "there is no such order"})
    return rest.respond(200, public(item))


create_during_init(bootstrap.orders)
