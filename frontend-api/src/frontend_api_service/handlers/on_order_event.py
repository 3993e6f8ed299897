"""OrderCreated, OrderModified -> the mutation `publishOrderChange`, which subscribers of onOrderChanged receive.

A repeated or late event does no harm: clients drop an order that is older than the one they have.
"""

from typing import Any

from ecom.contracts.orders import OrderCreated, OrderModified
from ecom.events import IncomingEvent
from frontend_api_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"OrderCreated": order_created, "OrderModified": order_modified})


def order_created(event: IncomingEvent[OrderCreated]) -> None:
    bootstrap.api().publish(event.detail)


def order_modified(event: IncomingEvent[OrderModified]) -> None:
    bootstrap.api().publish(event.detail["new"])
