"""GraphQL: setStock. AppSync decides from the schema who may call it."""

from typing import Any

from ecom import graphql
from ecom.graphql import Field
from ecom.limits import MAX_ID_LENGTH, MAX_INT
from ecom.validation import integer, text
from warehouse_service import bootstrap
from warehouse_service.graphql_view import stock_to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id = str(context.aws_request_id)
    return graphql.resolve(event, {"setStock": lambda field: set_stock(field, request_id)})


def set_stock(field: Field, request_id: str) -> dict[str, Any]:
    product_id = text(field.arguments.get("productId"), "productId", MAX_ID_LENGTH)
    on_hand = integer(field.arguments.get("onHand"), "onHand", 0, MAX_INT)
    return stock_to_graphql(bootstrap.warehouse().set_stock(product_id, on_hand, request_id))
