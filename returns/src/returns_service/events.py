"""The event that a change of the table publishes. Pure."""

from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from returns_service.domain import Line, Status
from returns_service.rows import return_from_item

SOURCE = "ecommerce.returns"


def events_of(change: Change, currency: str) -> list[OutgoingEvent]:
    """The event that the write named in the attribute `news`; none without the attribute or for a deletion. A
    return that was stored without a currency has the given one."""
    item = change.new
    if item is None or "news" not in item:
        return []
    about = return_from_item(item)
    is_back = about.status in (Status.RECEIVED, Status.REFUNDED, Status.FAILED)
    detail: dict[str, Any] = {
        "returnId": about.return_id,
        "orderId": about.order_id,
        "userId": about.user_id,
        "currency": about.currency or currency,
        "lines": [_line(line, is_back=is_back) for line in about.lines],
    }
    if about.refund is not None:
        detail["refund"] = about.refund
    if about.reason:
        detail["reason"] = about.reason
    return [change.event(item["news"], about.return_id, detail)]


def _line(line: Line, *, is_back: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"productId": line.product_id, "quantity": line.quantity}
    if line.reason:
        shown["reason"] = line.reason
    return {**shown, "received": line.received, "restocked": line.restocked} if is_back else shown
