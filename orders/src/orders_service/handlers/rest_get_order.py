"""REST: GET /backend/{orderId}. For services: the whole order, its payment token too."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from orders_service import bootstrap
from orders_service.domain import public


def handler(event: dict[str, Any], _context: object) -> rest.Response:
    return rest.answer(event, get_order)


def get_order(event: Mapping[str, Any]) -> rest.Response:
    order = bootstrap.orders().get(event["pathParameters"]["orderId"])
    if order is None:
        return rest.respond(404, {"message": "there is no such order"})
    return rest.respond(200, public(order))
