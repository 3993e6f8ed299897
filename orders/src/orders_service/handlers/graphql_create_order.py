"""GraphQL: createOrder. Services that may invoke the function send `{"order", "userId"}` instead."""

from typing import Any

from ecom import deadline, graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap


def handler(event: dict[str, Any], context: Any) -> Any:
    if "info" not in event:
        with deadline.request(context):
            return create(event["order"], event["userId"], str(context.aws_request_id))
    return graphql.resolve(event, {"createOrder": create_order}, context)


def create_order(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to order")
    return create(field.arguments["order"], field.user_id, field.request_id)


def create(order: dict[str, Any], user_id: str, request_id: str) -> dict[str, Any]:
    return bootstrap.create_order().run(order, user_id, bootstrap.runtime.now(), request_id)


create_during_init(bootstrap.create_order)
