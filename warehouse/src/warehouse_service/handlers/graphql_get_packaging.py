"""GraphQL: getStock, getNewPackagingRequestIds, getStartedPackagingRequestIds, getPackagingRequest."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.graphql import Field
from ecom.pages import Page
from warehouse_service import bootstrap
from warehouse_service.domain import RESERVATIONS
from warehouse_service.graphql_view import request_to_graphql, stock_to_graphql
from warehouse_service.inputs import can_be_id


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(
        event,
        {
            "getStock": get_stock,
            "getNewPackagingRequestIds": get_new_packaging_request_ids,
            "getStartedPackagingRequestIds": get_started_packaging_request_ids,
            "getPackagingRequest": get_packaging_request,
        },
        context,
    )


def get_stock(field: Field) -> dict[str, Any] | None:
    """None for an untracked product."""
    product_id = field.arguments["productId"]
    stock = bootstrap.warehouse().stock(product_id) if can_be_id(product_id) else None
    return stock_to_graphql(stock) if stock else None


def get_new_packaging_request_ids(field: Field) -> dict[str, Any]:
    return _ids(bootstrap.warehouse().new_order_ids(field.arguments.get("nextToken")))


def get_started_packaging_request_ids(field: Field) -> dict[str, Any]:
    return _ids(bootstrap.warehouse().started_order_ids(field.arguments.get("nextToken")))


def _ids(page: Page[str]) -> dict[str, Any]:
    return {"packagingRequestIds": page.items, "nextToken": page.next_token}


def get_packaging_request(field: Field) -> dict[str, Any] | None:
    """None while it is a reservation that no order owns."""
    order_id = field.arguments["input"]["orderId"]
    request = bootstrap.warehouse().request(order_id) if can_be_id(order_id) else None
    return request_to_graphql(request) if request and request.status not in RESERVATIONS else None


create_during_init(bootstrap.warehouse)
