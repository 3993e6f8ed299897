"""Which events a change of the table means. Pure."""

from ecom.events import OutgoingEvent
from ecom.table_stream import Change

SOURCE = "ecommerce.payment"
SCHEMA_VERSION = "1"
EVENTS = {"CAPTURED": "PaymentCaptured", "VOIDED": "PaymentVoided", "FAILED": "PaymentFailed"}


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event when a payment comes to its end; bookkeeping on the way there is nobody else's business."""
    if change.old is None or change.new is None or change.old.get("status") == change.new.get("status"):
        return []
    detail_type = EVENTS.get(str(change.new.get("status")))
    if detail_type is None:
        return []
    order_id = str(change.keys["orderId"])
    return [
        OutgoingEvent(
            source=SOURCE,
            detail_type=detail_type,
            resources=(order_id,),
            detail={"orderId": order_id, "amount": change.new.get("amount")},
            metadata=change.metadata(SCHEMA_VERSION),
        )
    ]
