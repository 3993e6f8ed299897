"""REST: POST /backend/validate. The shape of the body is checked by API Gateway from openapi.yaml."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.dynamo import can_be_key
from ecom.errors import InvalidInput
from products_service import bootstrap
from products_service.domain import MAX_LINES, check_lines


def handler(event: dict[str, Any], _context: object) -> rest.Response:
    return rest.answer(event, validate)


def validate(event: Mapping[str, Any]) -> rest.Response:
    lines = rest.body_of(event).get("products")
    # The document says so too; a price check must not depend on the gateway's good will.
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    if not all(isinstance(line, dict) and isinstance(line.get("productId"), str) for line in lines):
        raise InvalidInput("every line needs a productId")
    catalogue = bootstrap.products().get_many(line["productId"] for line in lines if can_be_key(line["productId"]))
    wrong = check_lines(lines, catalogue)
    if not wrong:
        return rest.respond(200, {"message": "all products are as in the catalogue"})
    return rest.respond(
        200,
        {"message": "; ".join(item.reason for item in wrong), "products": [item.should_be for item in wrong]},
    )
