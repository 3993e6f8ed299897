"""Which event a change of the table means. Pure."""

from delivery_service.domain import EVENTS, Status
from ecom.events import OutgoingEvent
from ecom.table_stream import Change

SOURCE = "ecommerce.delivery"
SCHEMA_VERSION = "1"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event per step of a delivery; none for a new one, which is nobody else's business yet."""
    match change.old, change.new:
        case {"status": before}, {"status": after, **item} if before != after and after in EVENTS:
            detail = {"orderId": item["orderId"], "address": item["address"]}
            metadata = change.metadata(SCHEMA_VERSION)
            return [OutgoingEvent(SOURCE, EVENTS[Status(after)], (str(item["orderId"]),), detail, metadata)]
    return []
