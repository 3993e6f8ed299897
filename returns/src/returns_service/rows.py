"""Conversion between items of the table and returns. Pure.

The keys of the table are `return#{returnId}`, `order#{orderId}` for the units that the returns of an order hold and the
number of lines that they had, and `token#{returnId}` for the task token of a waiting execution.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecom.dynamo import Item
from ecom.status_index import partition
from ecom.times import timestamp
from returns_service.domain import OPEN, Line, Move, Return, Status

RETURN, ORDER, TOKEN = "return#", "order#", "token#"
# In the index `queue`: returns that staff have to decide, or whose goods they have to receive.
OPEN_QUEUE = "OPEN"


def return_key(return_id: str) -> str:
    return f"{RETURN}{return_id}"


def order_key(order_id: str) -> str:
    return f"{ORDER}{order_id}"


def token_key(return_id: str) -> str:
    return f"{TOKEN}{return_id}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A return as the table has it. Every write raises `etag`; one that publishes an event raises `version`."""

    value: Return
    etag: int
    version: int


def return_item(before: Stored | None, after: Return, correlation_id: str) -> Item:
    """The item that replaces the stored one. It has `news`, an event's name, exactly when the status changed. The
    request that broke a rule publishes nothing, and is in no list."""
    news = event_name(before.value if before else None, after)
    item: Item = {
        "id": return_key(after.return_id),
        "userId": after.user_id,
        "currency": after.currency,
        "status": after.status.value,
        "lines": [_line_item(line) for line in after.lines],
        "history": [
            {"at": timestamp(move.at), "status": move.status.value, "cause": move.cause} for move in after.history
        ],
        "contentHash": after.content_hash,
        "createdDate": timestamp(after.created_at),
        "etag": (before.etag if before else 0) + 1,
        "version": (before.version if before else 0) + (1 if news else 0),
        "correlationId": correlation_id,
        # Returns with the attribute `orderId` are in the index `order`.
        "orderId" if after.is_valid else "requestedOrderId": after.order_id,
    }
    if after.status in OPEN:
        item["queue"] = partition(OPEN_QUEUE, item["id"])
        item["since"] = item["createdDate"]
    optional = {"news": news, "refund": after.refund, "reason": after.reason or None}
    return {**item, **{name: value for name, value in optional.items() if value is not None}}


def event_name(before: Return | None, after: Return) -> str | None:
    """ReturnRequested, ReturnApproved ... None when the status is the same, or the request broke a rule."""
    if not after.is_valid or (before and before.status is after.status):
        return None
    return f"Return{after.status.capitalize()}"


def stored_from_item(item: Mapping[str, Any]) -> Stored:
    return Stored(return_from_item(item), int(item["etag"]), int(item["version"]))


def return_from_item(item: Mapping[str, Any]) -> Return:
    is_valid = "orderId" in item
    return Return(
        return_id=str(item["id"]).removeprefix(RETURN),
        order_id=str(item["orderId"] if is_valid else item["requestedOrderId"]),
        user_id=str(item["userId"]),
        currency=str(item["currency"]),
        status=Status(item["status"]),
        lines=tuple(_line(line) for line in item["lines"]),
        history=tuple(
            Move(datetime.fromisoformat(move["at"]), Status(move["status"]), str(move["cause"]))
            for move in item["history"]
        ),
        content_hash=str(item["contentHash"]),
        refund=int(item["refund"]) if "refund" in item else None,
        reason=str(item.get("reason", "")),
        is_valid=is_valid,
    )


def _line_item(line: Line) -> Item:
    item: Item = {"productId": line.product_id, "quantity": line.quantity, "price": line.price}
    optional = {"reason": line.reason, "received": line.received, "restocked": line.restocked}
    return {**item, **{name: value for name, value in optional.items() if value}}


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        str(item["productId"]),
        int(item["quantity"]),
        int(item["price"]),
        str(item.get("reason", "")),
        int(item.get("received", 0)),
        int(item.get("restocked", 0)),
    )
