"""Stock and packaging requests as the GraphQL schema has them. Pure."""

from typing import Any

from warehouse_service.domain import Request
from warehouse_service.stock import Availability, Stock


def stock_to_graphql(stock: Stock) -> dict[str, Any]:
    return {
        "productId": stock.product_id,
        "onHand": stock.on_hand,
        "reserved": stock.reserved,
        "available": stock.available,
    }


def availability_to_graphql(availability: Availability) -> dict[str, Any]:
    return {
        "productId": availability.product_id,
        "level": availability.level,
        "version": availability.version,
    }


def request_to_graphql(request: Request) -> dict[str, Any]:
    """`quantity` is what goes into the package: the ordered quantity until staff change it."""
    return {
        "orderId": request.order_id,
        "status": request.status.value,
        "products": [{"productId": line.product_id, "quantity": line.packaged} for line in request.lines],
    }
