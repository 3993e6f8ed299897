"""GraphQL: createOrder."""

from typing import Any

from ecom import graphql
from ecom.errors import Unauthorized
from ecom.graphql import Field
from orders_service import bootstrap


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id = str(context.aws_request_id)
    if "info" not in event:
        # Not AppSync: a service that may invoke this function orders for somebody.
        return bootstrap.placing().place(event["order"], event["userId"], bootstrap.now(), request_id)
    return graphql.resolve(event, {"createOrder": lambda field: create_order(field, request_id)})


def create_order(field: Field, request_id: str) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to order")
    return bootstrap.placing().place(field.arguments["order"], field.user_id, bootstrap.now(), request_id)
