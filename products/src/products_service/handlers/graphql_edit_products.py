"""GraphQL: createProduct, updateProduct, deleteProduct. AppSync authorises the caller, from the schema."""

from collections.abc import Callable, Mapping
from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.contracts.common import Product
from ecom.dynamo import can_be_key
from ecom.graphql import Field, Resolve
from products_service import bootstrap
from products_service.domain import without_managed
from products_service.errors import NoSuchProduct
from products_service.graphql_view import to_graphql
from products_service.inputs import new_product


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"createProduct": create_product, "updateProduct": update_product, "deleteProduct": delete_product}
    return graphql.resolve(event, {name: answered(edit) for name, edit in fields.items()}, context)


def answered(edit: Callable[[Field], Mapping[str, Any]]) -> Resolve:
    return lambda field: to_graphql(edit(field), bootstrap.currency())


def create_product(field: Field) -> Mapping[str, Any]:
    return bootstrap.products().create(given_product(field.arguments["product"]), field.request_id)


def update_product(field: Field) -> Mapping[str, Any]:
    given = dict(field.arguments["product"])
    read_at = given.pop("expectedModifiedDate", None)
    return bootstrap.products().update(given_product(given), field.request_id, read_at)


def given_product(given: Mapping[str, Any]) -> Product:
    own = without_managed(given, bootstrap.cdn_url().value()) if given.get("pictures") else given
    return new_product(own, bootstrap.runtime.now(), bootstrap.currency())


def delete_product(field: Field) -> Mapping[str, Any]:
    product_id = field.arguments["productId"]
    if not can_be_key(product_id):
        raise NoSuchProduct(product_id)
    return bootstrap.products().delete(product_id)


create_during_init(bootstrap.products)
