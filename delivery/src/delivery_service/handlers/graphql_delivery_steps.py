"""GraphQL: startDelivery, completeDelivery, failDelivery."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import COMPLETE, FAIL, START, shipment_of
from delivery_service.errors import NoSuchDelivery
from ecom import graphql
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.graphql import Field

STEPS = {"startDelivery": START, "completeDelivery": COMPLETE, "failDelivery": FAIL}


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, dict.fromkeys(STEPS, take_step), context)


def take_step(field: Field) -> dict[str, bool]:
    """Only a start has a shipment: the other steps ignore these fields of their common input."""
    given, step = field.arguments["input"], STEPS[field.name]
    order_id = given["orderId"]
    if not can_be_key(order_id):
        raise NoSuchDelivery(order_id)
    shipment = shipment_of(order_id, given.get("carrier"), given.get("trackingNumber")) if step is START else None
    bootstrap.deliveries().take_step(order_id, step, bootstrap.runtime.now(), field.request_id, shipment)
    return {"success": True}


create_during_init(bootstrap.deliveries)
