"""REST: POST /backend/validate. The shape of the body is checked by API Gateway from openapi.yaml."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.limits import MAX_INT
from ecom.validation import fields, integer, text
from payment_service import bootstrap

MAX_TOKEN = 200


def handler(event: dict[str, Any], _context: object) -> rest.Response:
    return rest.answer(event, validate)


def validate(event: Mapping[str, Any]) -> rest.Response:
    """`ok` is what the provider says, and nothing but what it says: without its answer this is a 503."""
    body = fields(rest.body_of(event), "the body", ("paymentToken", "total"))
    token = text(body.get("paymentToken"), "paymentToken", MAX_TOKEN)
    total = integer(body.get("total"), "total", 0, MAX_INT)
    return rest.respond(200, {"ok": bootstrap.checking_provider().covers(token, total)})
