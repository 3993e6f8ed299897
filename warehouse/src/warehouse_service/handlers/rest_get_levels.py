"""REST: POST /backend/levels. The levels of products, for services."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.validation import fields
from warehouse_service import bootstrap
from warehouse_service.graphql_view import availability_to_graphql
from warehouse_service.inputs import product_ids_of


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    given = fields(rest.body_of(event), "the body", ("productIds",))
    found = bootstrap.levels().of(product_ids_of(given.get("productIds")))
    return rest.respond(200, {"levels": [availability_to_graphql(each) for each in found]})


create_during_init(bootstrap.levels)
