"""REST: POST /backend/reserve. All lines are kept for the order, or none."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.times import timestamp
from warehouse_service import bootstrap, reservations
from warehouse_service.errors import NotEnough
from warehouse_service.inputs import reservation_of


def handler(event: dict[str, Any], context: Any) -> rest.Response:
    return rest.answer(event, lambda call: reserve(call, str(context.aws_request_id)))


def reserve(event: Mapping[str, Any], request_id: str) -> rest.Response:
    order_id, wanted = reservation_of(rest.body_of(event))
    now, lifetime = bootstrap.now(), bootstrap.lifetime()
    try:
        request = reservations.reserve(bootstrap.warehouse(), order_id, wanted, now, lifetime, request_id)
    except NotEnough as refused:
        return rest.respond(409, {"ok": False, "problems": [short.as_problem() for short in refused.shortages]})
    return rest.respond(200, {"ok": True, "expiresAt": timestamp(request.expires_at or now + lifetime)})
