"""REST: POST /orders/{orderId}/cancel, for the partner of the API key."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import IllegalMove
from partners_service import bootstrap
from partners_service.errors import NoSuchOrder
from partners_service.ordering import require_own, shown, user_of


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    order_id = str(event["pathParameters"]["orderId"])
    if not can_be_key(order_id):
        raise NoSuchOrder
    partner = bootstrap.keys().partner_of(rest.api_key_id_of(event))
    request = require_own(bootstrap.requests(), partner, order_id)
    try:
        order = bootstrap.cancelling().cancel(order_id, user_of(partner))
    except IllegalMove as error:
        return rest.refuse_as_problem(error)
    return rest.respond(200, shown(order, request.more["reference"]))


create_during_init(bootstrap.keys, bootstrap.requests, bootstrap.cancelling)
