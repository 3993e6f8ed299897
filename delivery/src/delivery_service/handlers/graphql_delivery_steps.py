"""GraphQL: startDelivery, completeDelivery, failDelivery."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import COMPLETE, FAIL, START, Move
from delivery_service.errors import NoSuchDelivery
from ecom import graphql
from ecom.dynamo import can_be_key
from ecom.graphql import Field

MOVES = {"startDelivery": START, "completeDelivery": COMPLETE, "failDelivery": FAIL}


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id = str(context.aws_request_id)
    return graphql.resolve(event, dict.fromkeys(MOVES, lambda field: take(field, MOVES[field.name], request_id)))


def take(field: Field, move: Move, request_id: str) -> dict[str, bool]:
    order_id = field.arguments["input"]["orderId"]
    if not can_be_key(order_id):
        raise NoSuchDelivery(order_id)
    bootstrap.deliveries().move(order_id, move, bootstrap.now(), request_id)
    return {"success": True}
