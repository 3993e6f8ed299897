"""REST: POST /backend/cancel. Whether an order can still be cancelled is decided here and nowhere else."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from warehouse_service import bootstrap, domain
from warehouse_service.errors import PackagingStarted
from warehouse_service.inputs import order_id_of


def handler(event: dict[str, Any], context: Any) -> rest.Response:
    return rest.answer(event, lambda call: cancel(call, str(context.aws_request_id)))


def cancel(event: Mapping[str, Any], request_id: str) -> rest.Response:
    order_id, now = order_id_of(rest.body_of(event)), bootstrap.now()
    try:
        bootstrap.warehouse().change(
            order_id, lambda request, _shelves: domain.cancel(request, order_id, now), request_id
        )
    except PackagingStarted as refused:
        return rest.respond(409, {"ok": False, "problems": [{"code": refused.type}]})
    return rest.respond(200, {"ok": True})
