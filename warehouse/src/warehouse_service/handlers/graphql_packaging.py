"""GraphQL: startPackaging, updatePackagingProduct, completePackaging."""

from collections.abc import Callable
from typing import Any

from ecom import graphql
from ecom.graphql import Field
from warehouse_service import bootstrap, domain
from warehouse_service.domain import Request
from warehouse_service.errors import RequestNotFound
from warehouse_service.inputs import can_be_id

SUCCESS = {"success": True}


def handler(event: dict[str, Any], context: Any) -> Any:
    request_id, now = str(context.aws_request_id), bootstrap.runtime.now()
    return graphql.resolve(
        event,
        {
            "startPackaging": lambda field: _change(
                field, request_id, lambda request, order_id: domain.start(request, order_id, now)
            ),
            "updatePackagingProduct": lambda field: update_product(field, request_id),
            "completePackaging": lambda field: _change(
                field, request_id, lambda request, order_id: domain.complete(request, order_id, now)
            ),
        },
    )


def update_product(field: Field, request_id: str) -> dict[str, bool]:
    product_id, quantity = field.arguments["input"]["productId"], field.arguments["input"]["quantity"]
    return _change(field, request_id, lambda request, order_id: domain.pack(request, order_id, product_id, quantity))


def _change(field: Field, request_id: str, rule: Callable[[Request | None, str], Request]) -> dict[str, bool]:
    order_id = field.arguments["input"]["orderId"]
    if not can_be_id(order_id):
        raise RequestNotFound(order_id)
    bootstrap.warehouse().change(order_id, lambda request, _available: rule(request, order_id), request_id)
    return SUCCESS
