"""A change of the orders table -> the events to publish. Pure."""

from ecom.dynamo_values import Item
from ecom.events import OutgoingEvent
from ecom.stored_orders import full, public
from ecom.table_stream import Change, changed_fields
from orders_service.errors import UnreadableOrder
from orders_service.rows import order_from_item

SOURCE = "ecommerce.orders"


def events_of(change: Change, currency: str) -> list[OutgoingEvent]:
    """One event for each change of public attributes; none when only private attributes changed.

    Orders without a currency have the given one. An item that was not a valid order was never published: correcting it
    publishes OrderCreated, deleting it nothing.
    """
    order_id = str(change.keys["orderId"])
    match change.old and full(change.old), change.new and full(change.new):
        case None, dict(new):
            return [change.event("OrderCreated", order_id, _published(new, currency))]
        case dict(old), None:
            return [change.event("OrderDeleted", order_id, _published(old, currency))] if _was_published(old) else []
        case dict(old), dict(new):
            before, after = _published(old, currency), _published(new, currency)
            changed = changed_fields(before, after)
            if not changed:
                return []
            if not _was_published(old):
                return [change.event("OrderCreated", order_id, after)]
            detail = {
                "old": before,
                "new": after,
                "changed": changed,
                **({"followed": True} if _is_followed(new) else {}),
            }
            return [change.event("OrderModified", order_id, detail)]
    return []


def _published(item: Item, currency: str) -> Item:
    return {**public(item), "currency": item.get("currency") or currency}


def _is_followed(new: Item) -> bool:
    """Whether a client may be subscribed to the order: frontend-api's rule takes no other changes."""
    until = new.get("followedUntil")
    return isinstance(until, str) and until >= str(new.get("modifiedDate", ""))


def _was_published(old: Item) -> bool:
    try:
        return order_from_item(old).lines is not None
    except UnreadableOrder:
        return False
