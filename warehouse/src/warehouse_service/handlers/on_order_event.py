"""OrderCreated, OrderDeleted, OrderModified (of lines), DeliveryFailed -> the order's request.

They may come in any order, late, and again: what they say is decided from the request as it stands.
"""

from typing import Any

from ecom.consumer import handle_event
from ecom.events import IncomingEvent
from warehouse_service import bootstrap, order_events

DETAIL_TYPES = ("OrderCreated", "OrderModified", "OrderDeleted", "DeliveryFailed")


def handler(event: dict[str, Any], _context: object) -> None:
    handle_event(event, dict.fromkeys(DETAIL_TYPES, hear), bootstrap.schemas(), bootstrap.dead_letters())


def hear(event: IncomingEvent[Any]) -> None:
    order_events.hear(event, bootstrap.warehouse(), bootstrap.now())
