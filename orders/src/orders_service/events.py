"""Which events a change of the table means. Pure."""

from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change, changed_fields
from orders_service.domain import Order, is_readable, public

SOURCE = "ecommerce.orders"
SCHEMA_VERSION = "1"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event per change that the world can see; none when only our own bookkeeping changed.

    What could not be read as an order was never announced: mending it creates the order, deleting it says nothing.
    """
    match change.old, change.new:
        case None, dict(new):
            return [_event(change, "OrderCreated", public(new))]
        case dict(old), None:
            return [_event(change, "OrderDeleted", public(old))] if _was_announced(old) else []
        case dict(old), dict(new):
            before, after = public(old), public(new)
            changed = changed_fields(before, after)
            if not changed:
                return []
            if not _was_announced(old):
                return [_event(change, "OrderCreated", after)]
            return [_event(change, "OrderModified", {"old": before, "new": after, "changed": changed})]
    return []


def _was_announced(old: Order) -> bool:
    return is_readable(old) and old.get("products") is not None


def _event(change: Change, detail_type: str, detail: dict[str, Any]) -> OutgoingEvent:
    return OutgoingEvent(
        source=SOURCE,
        detail_type=detail_type,
        resources=(str(change.keys["orderId"]),),
        detail=detail,
        metadata=change.metadata(SCHEMA_VERSION),
    )
