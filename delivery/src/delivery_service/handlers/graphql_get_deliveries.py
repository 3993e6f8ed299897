"""GraphQL: getNewDeliveries, getDelivery."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import Delivery
from delivery_service.repository import NewDelivery
from ecom import graphql
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.graphql import Field


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getNewDeliveries": get_new_deliveries, "getDelivery": get_delivery}, context)


def get_new_deliveries(field: Field) -> dict[str, Any]:
    page = bootstrap.deliveries().page_of_new(field.arguments.get("nextToken"))
    return {"deliveries": [to_graphql(delivery) for delivery in page.items], "nextToken": page.next_token}


def get_delivery(field: Field) -> dict[str, Any] | None:
    order_id = field.arguments["input"]["orderId"]
    found = bootstrap.deliveries().get(order_id) if can_be_key(order_id) else None
    return to_graphql(found) if found else None


def to_graphql(delivery: Delivery | NewDelivery) -> dict[str, Any]:
    return {"orderId": delivery.order_id, "address": delivery.address}


create_during_init(bootstrap.deliveries)
