"""REST: POST /backend/release. Orders refused the order: the stock that this attempt reserved becomes available."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.limits import MAX_ID_LENGTH
from ecom.tracing import correlation_of
from ecom.validation import fields, text
from warehouse_service import bootstrap, domain


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    given = fields(rest.body_of(event), "the body", ("orderId", "attempt"))
    order_id, attempt = (text(given.get(name), name, MAX_ID_LENGTH) for name in ("orderId", "attempt"))
    now, request_id = bootstrap.runtime.now(), correlation_of(context)
    bootstrap.warehouse().change(
        order_id, lambda request, _available: domain.release(request, attempt, now), request_id
    )
    return rest.respond(200, {"ok": True})


create_during_init(bootstrap.warehouse)
