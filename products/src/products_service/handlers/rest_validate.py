"""REST: POST /backend/validate. API Gateway validates the body with openapi.yaml first."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import InvalidInput
from ecom.limits import MAX_LINES
from products_service import bootstrap
from products_service.domain import check_lines


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    lines = rest.body_of(event).get("products")
    # openapi.yaml has these rules too; the price check must hold without the gateway's validation.
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    if not all(isinstance(line, dict) and isinstance(line.get("productId"), str) for line in lines):
        raise InvalidInput("every line needs a productId")
    product_ids = [line["productId"] for line in lines if can_be_key(line["productId"])]
    mismatches = check_lines(lines, bootstrap.products().get_many(product_ids))
    if not mismatches:
        return rest.respond(200, {"message": "all products are as in the catalogue"})
    message = "; ".join(mismatch.reason for mismatch in mismatches)
    return rest.respond(200, {"message": message, "products": [mismatch.expected for mismatch in mismatches]})


create_during_init(bootstrap.products)
