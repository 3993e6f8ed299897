"""GraphQL: getCart, updateCart, mergeCart."""

from typing import Any

from cart_service import bootstrap
from cart_service.graphql_view import to_graphql
from cart_service.shopping import Shown
from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from ecom.limits import MAX_ID_LENGTH, MAX_QUANTITY
from ecom.validation import integer, text


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"getCart": get_cart, "updateCart": update_cart, "mergeCart": merge_cart}
    return graphql.resolve(event, fields, context)


def get_cart(field: Field) -> dict[str, Any] | None:
    shown = bootstrap.shopping().look(field.user_id, field.arguments.get("cartId"))
    return _view(shown) if shown else None


def update_cart(field: Field) -> dict[str, Any]:
    given = field.arguments["input"]
    product_id = text(given["productId"], "productId", MAX_ID_LENGTH)
    quantity = integer(given["quantity"], "quantity", 0, MAX_QUANTITY)
    cart_id, expected = given.get("cartId"), given.get("expectedVersion")
    return _view(bootstrap.shopping().change(field.user_id, cart_id, product_id, quantity, expected))


def merge_cart(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to keep a cart")
    return _view(bootstrap.shopping().merge(field.user_id, field.arguments["cartId"]))


def _view(shown: Shown) -> dict[str, Any]:
    return to_graphql(shown, bootstrap.currency(), bootstrap.runtime.now())


create_during_init(bootstrap.shopping)
