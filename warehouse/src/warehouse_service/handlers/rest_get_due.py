"""REST: GET /backend/due. The orders whose reservations are due, a page at a time."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from warehouse_service import bootstrap


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    token = (event.get("queryStringParameters") or {}).get("next")
    page = bootstrap.warehouse().due_order_ids(bootstrap.runtime.now(), token)
    return rest.respond(200, {"orderIds": page.items, **({"next": page.next_token} if page.next_token else {})})


create_during_init(bootstrap.warehouse)
