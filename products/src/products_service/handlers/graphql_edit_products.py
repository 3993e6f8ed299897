"""GraphQL: createProduct, updateProduct, deleteProduct. AppSync authorises the caller, from the schema."""

from collections.abc import Mapping
from typing import Any

from ecom import graphql
from ecom.dynamo import can_be_key
from ecom.graphql import Field
from products_service import bootstrap
from products_service.errors import NoSuchProduct
from products_service.inputs import new_product


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id = str(context.aws_request_id)
    return graphql.resolve(
        event,
        {
            "createProduct": lambda field: create_product(field, request_id),
            "updateProduct": lambda field: update_product(field, request_id),
            "deleteProduct": delete_product,
        },
    )


def create_product(field: Field, request_id: str) -> Mapping[str, Any]:
    product = new_product(field.arguments["product"], bootstrap.runtime.now())
    return bootstrap.products().create(product, request_id)


def update_product(field: Field, request_id: str) -> Mapping[str, Any]:
    product = new_product(field.arguments["product"], bootstrap.runtime.now())
    return bootstrap.products().update(product, request_id)


def delete_product(field: Field) -> Mapping[str, Any]:
    product_id = field.arguments["productId"]
    if not can_be_key(product_id):
        raise NoSuchProduct(product_id)
    return bootstrap.products().delete(product_id)
