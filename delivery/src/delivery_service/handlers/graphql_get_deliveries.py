"""GraphQL: getNewDeliveries, getDelivery."""

from typing import Any

from delivery_service import bootstrap
from ecom import graphql
from ecom.dynamo import can_be_key
from ecom.graphql import Field


def handler(event: dict[str, Any], _context: object) -> Any:
    return graphql.resolve(event, {"getNewDeliveries": get_new_deliveries, "getDelivery": get_delivery})


def get_new_deliveries(field: Field) -> dict[str, Any]:
    page = bootstrap.deliveries().new(field.arguments.get("nextToken"))
    listed = [{"orderId": each.order_id, "address": each.address} for each in page.deliveries]
    return {"deliveries": listed, "nextToken": page.next_token}


def get_delivery(field: Field) -> dict[str, Any] | None:
    order_id = field.arguments["input"]["orderId"]
    found = bootstrap.deliveries().get(order_id) if can_be_key(order_id) else None
    return {"orderId": found.order_id, "address": found.address} if found else None
