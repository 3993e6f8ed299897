"""A change of the table -> the events to publish. Pure."""

from ecom.events import OutgoingEvent
from ecom.table_stream import Change, changed_fields
from products_service.rows import from_item, public_fields

SOURCE = "ecommerce.products"


def events_of(change: Change) -> list[OutgoingEvent]:
    """One event for each change of the public fields, none when other attributes changed.

    An invalid new item gives an event that breaks its schema, and so a dead letter. It was never published as a
    product: repairing it gives ProductCreated, deleting it gives no event.
    """
    product_id = str(change.keys["productId"])
    old, new = (None if image is None else public_fields(image) for image in (change.old, change.new))
    was_product = from_item(change.old or {}) is not None
    if new is None:
        return [change.event("ProductDeleted", product_id, old)] if old and was_product else []
    if old is None or (old != new and not was_product):
        return [change.event("ProductCreated", product_id, new)]
    changed = changed_fields(old, new)
    if not changed:
        return []
    return [change.event("ProductModified", product_id, {"old": old, "new": new, "changed": changed})]
