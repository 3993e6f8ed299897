"""REST: GET /backend/products. The products with given `ids`, or a page of the whole catalogue `after` another.

Products are read by `ids` consistently: who reads one after its event does not get an older one.
"""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import InvalidInput
from ecom.limits import MAX_PRODUCT_IDS
from products_service import bootstrap
from products_service.graphql_view import to_graphql


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    values = (event.get("multiValueQueryStringParameters") or {}).get("ids")
    if values is not None:
        found = bootstrap.products().get_many(ids_of(values), consistent=True)
        return rest.respond(200, {"products": [_view(product) for product in found.values()]})
    page = bootstrap.products().page((event.get("queryStringParameters") or {}).get("after") or None)
    body: dict[str, Any] = {"products": [_view(product) for product in page.items]}
    return rest.respond(200, {**body, "after": page.next_token} if page.next_token else body)


def ids_of(values: list[str]) -> list[str]:
    """`ids` may be repeated, or have several ids with commas between them. An id that contains a comma is found too."""
    separate = dict.fromkeys(one for value in values for one in value.split(",") if one)
    if len(separate) > MAX_PRODUCT_IDS:
        raise InvalidInput(f"ids must be at most {MAX_PRODUCT_IDS} product ids")
    return [one for one in dict.fromkeys([*separate, *values]) if can_be_key(one)]


def _view(product: Mapping[str, Any]) -> dict[str, Any]:
    return to_graphql(product, bootstrap.currency())


create_during_init(bootstrap.products)
