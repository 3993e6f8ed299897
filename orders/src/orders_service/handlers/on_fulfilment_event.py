"""What warehouse, delivery and payment say about an order -> the order's state."""

from typing import Any

from ecom.consumer import handle_event
from ecom.events import IncomingEvent
from ecom.observability import count
from orders_service import bootstrap
from orders_service.errors import StaleFact
from orders_service.order_updates import PAYMENT_AFTER, STATUS_AFTER, Fact, after

DETAIL_TYPES = ("PackageCreated", "PaymentRefunded", *STATUS_AFTER, *PAYMENT_AFTER)


def handler(event: dict[str, Any], _context: object) -> None:
    handle_event(event, dict.fromkeys(DETAIL_TYPES, handle), bootstrap.schemas(), bootstrap.dead_letters())


def handle(event: IncomingEvent[Any]) -> None:
    """Move the order. What it is beyond, and what is about no order of ours, is counted and leaves no trace."""
    fact = Fact(event.detail_type, event.event_id, event.detail)
    now = bootstrap.now()
    try:
        order = bootstrap.orders().change(
            event.detail["orderId"], lambda order: after(order, fact, now), event.correlation_id
        )
    except StaleFact:
        count("StaleFact")
        return
    if order is None:
        count("FactOfUnknownOrder")
