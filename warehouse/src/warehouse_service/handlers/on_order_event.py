"""OrderCreated, OrderDeleted, OrderModified (lines) and DeliveryFailed update the order's packaging request.

They come through a queue. They may arrive in any order, late and repeated: each is decided from the stored request.
"""

from typing import Any

from ecom.aws import create_during_init
from warehouse_service import bootstrap, order_events


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    handlers = order_events.handlers(bootstrap.warehouse(), bootstrap.runtime.now())
    return bootstrap.runtime.handle_queued_events(event, handlers, context)


create_during_init(bootstrap.warehouse, lambda: bootstrap.runtime.queue)
