"""REST: POST /backend/pricing. API Gateway validates the body with openapi.yaml first."""

from collections.abc import Mapping
from typing import Any

from delivery_pricing_service.domain import quote
from ecom import rest


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    body = rest.body_of(event)
    return rest.respond(200, {"pricing": quote(body.get("products"), body.get("address"))})
