"""Which events a change of the table means. Pure."""

from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change, changed_fields
from products_service.domain import public, served

SOURCE = "ecommerce.products"
SCHEMA_VERSION = "1"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event per change that the world can see; none when only our own bookkeeping changed.

    What was no product (see `served`) was never announced: mending it creates the product, deleting it says nothing.
    """
    match change.old, change.new:
        case None, dict(new):
            return [_event(change, "ProductCreated", public(new))]
        case dict(old), None:
            return [_event(change, "ProductDeleted", public(old))] if served(old) else []
        case dict(old), dict(new):
            before, after = public(old), public(new)
            changed = changed_fields(before, after)
            if not changed:
                return []
            if served(old) is None:
                return [_event(change, "ProductCreated", after)]
            return [_event(change, "ProductModified", {"old": before, "new": after, "changed": changed})]
    return []


def _event(change: Change, detail_type: str, detail: dict[str, Any]) -> OutgoingEvent:
    return OutgoingEvent(
        source=SOURCE,
        detail_type=detail_type,
        resources=(str(change.keys["productId"]),),
        detail=detail,
        metadata=change.metadata(SCHEMA_VERSION),
    )
