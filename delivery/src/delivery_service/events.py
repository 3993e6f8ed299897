"""A change of the table -> the event to publish. Pure."""

from delivery_service.domain import EVENTS, Status
from ecom.contracts.delivery import DeliveryStarted
from ecom.events import OutgoingEvent
from ecom.table_stream import Change

SOURCE = "ecommerce.delivery"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event for each step. A new delivery publishes none."""
    new = change.new or {}
    match change.old, new:
        case {"status": before}, {"status": after} if before != after and after in EVENTS:
            # DeliveryCompleted and DeliveryFailed have the first two of its fields.
            detail: DeliveryStarted = {"orderId": new["orderId"], "address": new["address"]}
            if after == Status.IN_PROGRESS and "carrier" in new and "trackingNumber" in new:
                detail["carrier"], detail["trackingNumber"] = new["carrier"], new["trackingNumber"]
            return [change.event(EVENTS[Status(after)], str(new["orderId"]), detail)]
    return []
