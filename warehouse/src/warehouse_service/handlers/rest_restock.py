"""REST: POST /backend/restock. Units that came back with a return, and can be sold again, become available."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.tracing import correlation_of
from warehouse_service import bootstrap
from warehouse_service.inputs import restocked_of


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    return_id, units = restocked_of(rest.body_of(event))
    now, request_id = bootstrap.runtime.now(), correlation_of(context)
    bootstrap.restocking().restock(return_id, units, now, request_id)
    return rest.respond(200, {"ok": True})


create_during_init(bootstrap.restocking)
