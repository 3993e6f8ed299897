"""OrderCreated, OrderModified -> the mutation `publishOrderChange`, which subscribers of onOrderChanged hear."""

from typing import Any

from ecom.consumer import handle_event
from ecom.events import IncomingEvent
from frontend_api_service import bootstrap
from frontend_api_service.domain import change_of, order_in


def handler(event: dict[str, Any], _context: object) -> None:
    handle_event(
        event, dict.fromkeys(("OrderCreated", "OrderModified"), handle), bootstrap.schemas(), bootstrap.dead_letters()
    )


def handle(event: IncomingEvent[Any]) -> None:
    """Tell subscribers. Told twice or late does no harm: clients drop an image older than the one they have."""
    bootstrap.subscribers().tell(change_of(order_in(event.detail_type, event.detail)))
