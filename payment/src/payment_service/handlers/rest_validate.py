"""REST: POST /backend/validate. API Gateway checks the shape of the body by openapi.yaml before."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.limits import MAX_INT, MAX_TOKEN_LENGTH
from ecom.validation import fields, integer, text
from payment_service import bootstrap


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    """`ok` is the provider's answer. Without an answer the response is a 503: the outcome is unknown."""
    body = fields(rest.body_of(event), "the body", ("paymentToken", "total"))
    token = text(body.get("paymentToken"), "paymentToken", MAX_TOKEN_LENGTH)
    total = integer(body.get("total"), "total", 0, MAX_INT)
    return rest.respond(200, {"ok": bootstrap.validation_provider().covers(token, total)})


create_during_init(bootstrap.validation_provider)
