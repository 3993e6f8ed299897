"""The events that payment publishes, from changes of its table. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change

SOURCE = "ecommerce.payment"
DETAIL_TYPES = {"CAPTURED": "PaymentCaptured", "VOIDED": "PaymentVoided", "FAILED": "PaymentFailed"}


def events_of(change: Change, currency: str) -> list[OutgoingEvent]:
    """One event when a payment reaches a final status, and one for each refund that is done; else none. The amounts
    of a row without a currency are in the given one."""
    if change.old is None or change.new is None:
        return []
    currency = change.new.get("currency") or currency
    if change.old.get("refunded") != change.new.get("refunded"):
        return [_refunded(change, change.new, currency)]
    if change.old.get("status") == change.new.get("status"):
        return []
    detail_type = DETAIL_TYPES.get(str(change.new.get("status")))
    if detail_type is None:
        return []
    order_id = str(change.keys["orderId"])
    detail = {"orderId": order_id, "amount": change.new.get("amount"), "currency": currency}
    return [change.event(detail_type, order_id, detail)]


def _refunded(change: Change, row: Mapping[str, Any], currency: str) -> OutgoingEvent:
    order_id, refund = str(change.keys["orderId"]), row["refund"]
    detail = {
        "orderId": order_id,
        "amount": refund["amount"],
        "refundId": refund["refundId"],
        "refundedTotal": row["refunded"],
        "captured": row["amount"],
        "currency": currency,
    }
    return change.event("PaymentRefunded", order_id, detail)
