"""REST: GET /backend/contacts/{orderId}, for services: the e-mail address that gets the mails about the order."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from partners_service import bootstrap
from partners_service.errors import NoSuchOrder


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    order_id = str(event["pathParameters"]["orderId"])
    request = bootstrap.requests().request_of(order_id) if can_be_key(order_id) else None
    if request is None or "email" not in request.more:
        raise NoSuchOrder
    return rest.respond(200, {"email": request.more["email"]})


create_during_init(bootstrap.requests)
