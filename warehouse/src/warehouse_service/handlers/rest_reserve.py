"""REST: POST /backend/reserve. Reserves all lines for the order, or none."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.times import timestamp
from ecom.tracing import correlation_of
from warehouse_service import bootstrap, reservations
from warehouse_service.errors import InsufficientStock
from warehouse_service.inputs import reservation_of


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    order_id, wanted, attempt = reservation_of(rest.body_of(event))
    request_id = correlation_of(context)
    now, lifetime = bootstrap.runtime.now(), bootstrap.reservation_lifetime()
    try:
        request = reservations.reserve(bootstrap.warehouse(), order_id, wanted, now, lifetime, request_id, attempt)
    except InsufficientStock as error:
        return rest.respond(409, {"ok": False, "problems": [shortage.as_problem() for shortage in error.shortages]})
    return rest.respond(200, {"ok": True, "expiresAt": timestamp(request.expires_at or now + lifetime)})


create_during_init(bootstrap.warehouse)
