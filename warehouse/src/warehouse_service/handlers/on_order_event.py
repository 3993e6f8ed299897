"""OrderCreated, OrderDeleted, OrderModified (lines) and DeliveryFailed update the order's packaging request.

They may arrive in any order, late and repeated: each is decided from the stored request.
"""

from typing import Any

from warehouse_service import bootstrap, order_events


def handler(event: dict[str, Any], _context: object) -> None:
    handlers = order_events.handlers(bootstrap.warehouse(), bootstrap.runtime.now())
    bootstrap.runtime.handle_event(event, handlers)
