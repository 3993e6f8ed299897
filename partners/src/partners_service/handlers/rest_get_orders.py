"""REST: GET /orders/{orderId} and GET /orders?reference=, for the partner of the API key."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from partners_service import bootstrap
from partners_service.errors import NoSuchOrder
from partners_service.order_bodies import reference_of


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    order_id = (event.get("pathParameters") or {}).get("orderId")
    query = event.get("queryStringParameters") or {}
    reference = None if order_id is not None else reference_of(query.get("reference"))
    partner = bootstrap.keys().partner_of(rest.api_key_id_of(event))
    if reference is not None:
        return rest.respond(200, bootstrap.own_orders().by_reference(partner, reference))
    if not can_be_key(str(order_id)):
        raise NoSuchOrder
    return rest.respond(200, bootstrap.own_orders().by_id(partner, str(order_id)))


create_during_init(bootstrap.keys, bootstrap.own_orders)
