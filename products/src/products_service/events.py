"""A change of the table -> the events to publish. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change, changed_fields
from products_service.rows import from_item, public_fields

SOURCE = "ecommerce.products"
SCHEMA_VERSION = "1"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event for each change of the public fields, none when other attributes changed.

    An invalid new item gives an event that breaks its schema, and so a dead letter. It was never published as a
    product: repairing it gives ProductCreated, deleting it gives no event.
    """
    old, new = (None if image is None else public_fields(image) for image in (change.old, change.new))
    was_product = from_item(change.old or {}) is not None
    if new is None:
        return [_event(change, "ProductDeleted", old)] if old and was_product else []
    if old is None or (old != new and not was_product):
        return [_event(change, "ProductCreated", new)]
    changed = changed_fields(old, new)
    return [_event(change, "ProductModified", {"old": old, "new": new, "changed": changed})] if changed else []


def _event(change: Change, detail_type: str, detail: Mapping[str, Any]) -> OutgoingEvent:
    return OutgoingEvent(
        source=SOURCE,
        detail_type=detail_type,
        resources=(str(change.keys["productId"]),),
        detail=detail,
        metadata=change.metadata(SCHEMA_VERSION),
    )
