"""GraphQL: createOrder. Services that may invoke the function send `{"order", "userId", "channel"?}` instead, and may
leave prices open (`orders_service.open_orders`). `channel` is the name of the service."""

import re
from collections.abc import Mapping
from typing import Any

from ecom import deadline, graphql, tracing
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from ecom.observability import count_failed_answer
from orders_service import bootstrap
from orders_service.business_metrics import refusal
from orders_service.create_order import refused
from orders_service.problems import INVALID_INPUT, TRY_AGAIN, Problem

CHANNEL = re.compile("[a-z][a-z0-9-]{0,39}")


def handler(event: dict[str, Any], context: Any) -> Any:
    if "info" in event:
        return graphql.resolve(event, {"createOrder": create_order}, context)
    request_id = tracing.correlation_of(context)
    with tracing.continued(request_id), deadline.request(context):
        answer = create_for_service(event, request_id)
    _count(answer)
    return answer


def create_for_service(event: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """A service also gets the payment token, and an empty list where GraphQL has null."""
    order, user_id, channel = event.get("order"), event.get("userId"), event.get("channel")
    if not isinstance(order, Mapping) or not isinstance(user_id, str) or not user_id:
        return refused(
            [Problem(INVALID_INPUT, "send {order, userId}: the order as in GraphQL, and the id of its owner")]
        )
    if channel is not None and not (isinstance(channel, str) and CHANNEL.fullmatch(channel)):
        return refused([Problem(INVALID_INPUT, "channel must be the name of a service")])
    answer = bootstrap.create_order().run_for_service(order, user_id, bootstrap.runtime.now(), request_id, channel)
    if not answer["success"]:
        return answer
    return {**answer, "errors": [], "order": {**answer["order"], "paymentToken": order["paymentToken"]}}


def create_order(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to order")
    order = field.arguments["order"]
    answer = bootstrap.create_order().run(order, field.user_id, bootstrap.runtime.now(), field.request_id)
    _count(answer)
    return answer


def _count(answer: Mapping[str, Any]) -> None:
    """For Lambda and AppSync any answer is a good one. One that asks for a repeat failed by our fault."""
    bootstrap.runtime.metrics.count(*refusal(answer))
    if any(problem["code"] == TRY_AGAIN for problem in answer["problems"] or ()):
        count_failed_answer()


create_during_init(bootstrap.create_order, lambda: bootstrap.runtime.metrics)
