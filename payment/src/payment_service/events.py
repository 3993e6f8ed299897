"""The events that payment publishes, from changes of its table. Pure."""

from ecom.events import OutgoingEvent
from ecom.table_stream import Change

SOURCE = "ecommerce.payment"
DETAIL_TYPES = {"CAPTURED": "PaymentCaptured", "VOIDED": "PaymentVoided", "FAILED": "PaymentFailed"}


def events_of(change: Change, currency: str) -> list[OutgoingEvent]:
    """One event when a payment reaches a final status; none for any other change."""
    if change.old is None or change.new is None or change.old.get("status") == change.new.get("status"):
        return []
    detail_type = DETAIL_TYPES.get(str(change.new.get("status")))
    if detail_type is None:
        return []
    order_id = str(change.keys["orderId"])
    detail = {"orderId": order_id, "amount": change.new.get("amount"), "currency": currency}
    return [change.event(detail_type, order_id, detail)]
