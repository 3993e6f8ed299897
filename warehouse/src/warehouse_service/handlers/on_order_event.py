"""OrderCreated, OrderDeleted, OrderModified (of lines), DeliveryFailed -> the order's request.

They may come in any order, late, and again: what they say is decided from the request as it stands.
"""

from typing import Any

from ecom.consumer import consume
from ecom.events import IncomingEvent
from warehouse_service import bootstrap, order_events


def handler(event: dict[str, Any], _context: object) -> None:
    consume(event, bootstrap.schemas(), hear, bootstrap.dead_letters())


def hear(event: IncomingEvent) -> None:
    order_events.hear(event, bootstrap.warehouse(), bootstrap.now())
