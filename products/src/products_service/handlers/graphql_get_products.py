"""GraphQL: getProducts, getProduct, getProductsByCategory."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.contracts.common import Product
from ecom.dynamo import can_be_key
from ecom.graphql import Field
from ecom.pages import Page
from products_service import bootstrap
from products_service.graphql_view import to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"getProducts": get_products, "getProduct": get_product, "getProductsByCategory": get_products_by_category}
    return graphql.resolve(event, fields, context)


def get_products(field: Field) -> dict[str, Any]:
    return _page(bootstrap.products().page(field.arguments.get("nextToken")))


def get_products_by_category(field: Field) -> dict[str, Any]:
    category, token = field.arguments["category"], field.arguments.get("nextToken")
    if not can_be_key(category):
        return _page(Page([], None))
    return _page(bootstrap.products().page_of_category(category, token))


def get_product(field: Field) -> dict[str, Any] | None:
    product_id = field.arguments["productId"]
    found = bootstrap.products().get(product_id) if can_be_key(product_id) else None
    return to_graphql(found, bootstrap.currency()) if found else None


def _page(page: Page[Product]) -> dict[str, Any]:
    products = [to_graphql(product, bootstrap.currency()) for product in page.items]
    return {"products": products, "nextToken": page.next_token}


create_during_init(bootstrap.products)
