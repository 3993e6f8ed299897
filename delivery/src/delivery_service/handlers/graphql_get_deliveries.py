"""GraphQL: getNewDeliveries, getDelivery."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import Delivery
from ecom import graphql
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.graphql import Field


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getNewDeliveries": get_new_deliveries, "getDelivery": get_delivery}, context)


def get_new_deliveries(field: Field) -> dict[str, Any]:
    page = bootstrap.deliveries().page_of_new(field.arguments.get("nextToken"))
    deliveries = [{"orderId": new.order_id, "address": new.address, "shipment": None} for new in page.items]
    return {"deliveries": deliveries, "nextToken": page.next_token}


def get_delivery(field: Field) -> dict[str, Any] | None:
    order_id = field.arguments["input"]["orderId"]
    found = bootstrap.deliveries().get(order_id) if can_be_key(order_id) else None
    return to_graphql(found) if found else None


def to_graphql(delivery: Delivery) -> dict[str, Any]:
    found = delivery.shipment
    shipment = {"carrier": found.carrier, "trackingNumber": found.tracking_number} if found else None
    return {"orderId": delivery.order_id, "address": delivery.address, "shipment": shipment}


create_during_init(bootstrap.deliveries)
