"""What staff see."""

from typing import Any

from warehouse_service.domain import Request
from warehouse_service.stock import Stock


def stock_view(stock: Stock) -> dict[str, Any]:
    return {
        "productId": stock.product_id,
        "onHand": stock.on_hand,
        "reserved": stock.reserved,
        "available": stock.available,
    }


def request_view(request: Request) -> dict[str, Any]:
    """`quantity` is what goes into the package: what was ordered, until staff say otherwise."""
    return {
        "orderId": request.order_id,
        "status": request.status.value,
        "products": [{"productId": line.product_id, "quantity": line.packaged} for line in request.lines],
    }
