"""Events about products and their stock, through a queue -> the rows of these products.

The queue keeps an event for about a day while products, warehouse or the table do not answer.
"""

from typing import Any

from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from search_service import bootstrap
from search_service.rows import MAX_ID_BYTES


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    handlers = dict.fromkeys(("ProductCreated", "ProductModified", "ProductDeleted", "StockChanged"), refresh)
    return bootstrap.runtime.handle_queued_events(event, handlers, context)


def refresh(event: IncomingEvent[Any]) -> None:
    """Whatever the event says: it names the product, whose row is written from what is true now."""
    about = event.detail["new"] if event.detail_type == "ProductModified" else event.detail
    if not can_be_key(about["productId"], MAX_ID_BYTES):
        raise InvalidEvent("productId is too long for a key")
    bootstrap.refreshing().refresh(about["productId"])


create_during_init(bootstrap.refreshing, lambda: bootstrap.runtime.queue)
