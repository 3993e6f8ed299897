"""GraphQL: startPackaging, updatePackagingProduct, completePackaging."""

from collections.abc import Callable
from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.graphql import Field
from warehouse_service import bootstrap, domain
from warehouse_service.domain import Request
from warehouse_service.errors import RequestNotFound
from warehouse_service.inputs import can_be_id


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {
        "startPackaging": start_packaging,
        "updatePackagingProduct": update_product,
        "completePackaging": complete_packaging,
    }
    return graphql.resolve(event, fields, context)


def start_packaging(field: Field) -> dict[str, bool]:
    now = bootstrap.runtime.now()
    return _change(field, lambda request, order_id: domain.start(request, order_id, now))


def update_product(field: Field) -> dict[str, bool]:
    product_id, quantity = field.arguments["input"]["productId"], field.arguments["input"]["quantity"]
    return _change(field, lambda request, order_id: domain.pack(request, order_id, product_id, quantity))


def complete_packaging(field: Field) -> dict[str, bool]:
    now = bootstrap.runtime.now()
    return _change(field, lambda request, order_id: domain.complete(request, order_id, now))


def _change(field: Field, rule: Callable[[Request | None, str], Request]) -> dict[str, bool]:
    order_id = field.arguments["input"]["orderId"]
    if not can_be_id(order_id):
        raise RequestNotFound(order_id)
    bootstrap.warehouse().change(order_id, lambda request, _available: rule(request, order_id), field.request_id)
    return {"success": True}


create_during_init(bootstrap.warehouse)
