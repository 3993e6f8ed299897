"""A return as the GraphQL schema has it. Pure."""

from typing import Any

from ecom.times import timestamp
from returns_service.domain import Line, Return, Status


def to_graphql(shown: Return, currency: str) -> dict[str, Any]:
    """The currency is that of a return that was stored without one."""
    is_back = shown.status in (Status.RECEIVED, Status.REFUNDED, Status.FAILED)
    return {
        "returnId": shown.return_id,
        "orderId": shown.order_id,
        "userId": shown.user_id,
        "createdDate": timestamp(shown.created_at),
        "currency": shown.currency or currency,
        "status": shown.status,
        "lines": [_line(line, is_back=is_back) for line in shown.lines],
        "refund": shown.refund,
        "reason": shown.reason or None,
        "history": [{"at": timestamp(move.at), "status": move.status, "cause": move.cause} for move in shown.history],
    }


def _line(line: Line, *, is_back: bool) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "quantity": line.quantity,
        "reason": line.reason or None,
        "received": line.received if is_back else None,
        "restocked": line.restocked if is_back else None,
    }
