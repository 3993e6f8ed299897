"""REST: POST /backend/reserve. Reserves all lines for the order, or none."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.times import timestamp
from warehouse_service import bootstrap, config, reservations
from warehouse_service.errors import InsufficientStock
from warehouse_service.inputs import reservation_of


def handler(event: dict[str, Any], context: Any) -> rest.Response:
    return rest.answer(event, lambda call: reserve(call, str(context.aws_request_id)))


def reserve(event: Mapping[str, Any], request_id: str) -> rest.Response:
    order_id, wanted, attempt = reservation_of(rest.body_of(event))
    now, lifetime = bootstrap.runtime.now(), config.reservation_lifetime()
    try:
        request = reservations.reserve(bootstrap.warehouse(), order_id, wanted, now, lifetime, request_id, attempt)
    except InsufficientStock as error:
        return rest.respond(409, {"ok": False, "problems": [shortage.as_problem() for shortage in error.shortages]})
    return rest.respond(200, {"ok": True, "expiresAt": timestamp(request.expires_at or now + lifetime)})
