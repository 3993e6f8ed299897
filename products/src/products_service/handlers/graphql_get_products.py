"""GraphQL: getProducts, getProduct, getProductsByCategory."""

from typing import Any

from ecom import graphql
from ecom.dynamo import can_be_key
from ecom.graphql import Field
from products_service import bootstrap
from products_service.repository import Page


def handler(event: dict[str, Any], _context: object) -> Any:
    return graphql.resolve(
        event,
        {
            "getProducts": get_products,
            "getProduct": get_product,
            "getProductsByCategory": get_products_by_category,
        },
    )


def get_products(field: Field) -> dict[str, Any]:
    return _answer(bootstrap.products().page(field.arguments.get("nextToken")))


def get_products_by_category(field: Field) -> dict[str, Any]:
    category, token = field.arguments["category"], field.arguments.get("nextToken")
    return _answer(bootstrap.products().page_of_category(category, token) if can_be_key(category) else Page([], None))


def get_product(field: Field) -> dict[str, Any] | None:
    product_id = field.arguments["productId"]
    return bootstrap.products().get(product_id) if can_be_key(product_id) else None


def _answer(page: Page) -> dict[str, Any]:
    return {"products": page.products, "nextToken": page.next_token}
