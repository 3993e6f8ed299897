"""REST: POST /backend/due. Orders says which due reservations no order owns: these lapse. The others keep their
stock."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.tracing import correlation_of
from ecom.validation import fields
from warehouse_service import bootstrap, reservations
from warehouse_service.inputs import order_ids_of


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    given = fields(rest.body_of(event), "the body", ("abandoned", "owned"))
    abandoned, owned = order_ids_of(given, "abandoned"), order_ids_of(given, "owned")
    now, lifetime = bootstrap.runtime.now(), bootstrap.reservation_lifetime()
    lapsed = reservations.settle_due(
        bootstrap.warehouse(), abandoned, owned, now, lifetime, correlation_id=correlation_of(context)
    )
    return rest.respond(200, {"ok": True, "lapsed": lapsed})


create_during_init(bootstrap.warehouse)
