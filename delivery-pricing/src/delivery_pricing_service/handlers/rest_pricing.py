"""REST: POST /backend/pricing. API Gateway validates the body with openapi.yaml first."""

from collections.abc import Mapping
from typing import Any

from delivery_pricing_service.domain import quote
from ecom import rest


def handler(event: dict[str, Any], _context: object) -> rest.Response:
    return rest.answer(event, pricing)


def pricing(event: Mapping[str, Any]) -> rest.Response:
    body = rest.body_of(event)
    return rest.respond(200, {"pricing": quote(body.get("products"), body.get("address"))})
