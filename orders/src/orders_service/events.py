"""A change of the orders table -> the events to publish. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.dynamo_values import Item
from ecom.events import OutgoingEvent
from ecom.table_stream import Change, changed_fields
from orders_service.errors import UnreadableOrder
from orders_service.rows import order_from_item, public

SOURCE = "ecommerce.orders"
SCHEMA_VERSION = "1"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event for each change of public attributes; none when only private attributes changed.

    An item that was not a valid order was never published: correcting it publishes OrderCreated, deleting it nothing.
    """
    match change.old, change.new:
        case None, dict(new):
            return [_event(change, "OrderCreated", public(new))]
        case dict(old), None:
            return [_event(change, "OrderDeleted", public(old))] if _was_published(old) else []
        case dict(old), dict(new):
            before, after = public(old), public(new)
            changed = changed_fields(before, after)
            if not changed:
                return []
            if not _was_published(old):
                return [_event(change, "OrderCreated", after)]
            return [_event(change, "OrderModified", {"old": before, "new": after, "changed": changed})]
    return []


def _was_published(old: Item) -> bool:
    try:
        return order_from_item(old).lines is not None
    except UnreadableOrder:
        return False


def _event(change: Change, detail_type: str, detail: Mapping[str, Any]) -> OutgoingEvent:
    return OutgoingEvent(
        source=SOURCE,
        detail_type=detail_type,
        resources=(str(change.keys["orderId"]),),
        detail=detail,
        metadata=change.metadata(SCHEMA_VERSION),
    )
