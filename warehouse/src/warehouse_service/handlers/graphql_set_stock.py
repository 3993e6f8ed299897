"""GraphQL: setStock. AppSync decides from the schema who may call it."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.graphql import Field
from ecom.limits import MAX_ID_LENGTH, MAX_INT
from ecom.validation import integer, label
from warehouse_service import bootstrap
from warehouse_service.graphql_view import stock_to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"setStock": set_stock}, context)


def set_stock(field: Field) -> dict[str, Any]:
    product_id = label(field.arguments.get("productId"), "productId", MAX_ID_LENGTH)
    on_hand = integer(field.arguments.get("onHand"), "onHand", 0, MAX_INT)
    return stock_to_graphql(bootstrap.warehouse().set_stock(product_id, on_hand, field.request_id))


create_during_init(bootstrap.warehouse)
