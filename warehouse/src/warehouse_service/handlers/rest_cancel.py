"""REST: POST /backend/cancel, which *orders* calls to cancel an order. It answers 409 when packaging has started."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.tracing import correlation_of
from warehouse_service import bootstrap, domain
from warehouse_service.errors import PackagingStarted
from warehouse_service.inputs import order_id_of


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    order_id, now = order_id_of(rest.body_of(event)), bootstrap.runtime.now()
    request_id = correlation_of(context)
    try:
        bootstrap.warehouse().change(
            order_id, lambda request, _available: domain.cancel(request, order_id, now), request_id
        )
    except PackagingStarted as error:
        return rest.respond(409, {"ok": False, "problems": [{"code": error.type}]})
    return rest.respond(200, {"ok": True})


create_during_init(bootstrap.warehouse)
