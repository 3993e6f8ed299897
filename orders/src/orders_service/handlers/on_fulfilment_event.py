"""Events of warehouse, delivery and payment, through a queue -> the order's new state.

Fulfilment here includes the money: the events of payment change the order's payment status.
"""

from functools import partial
from typing import Any

from ecom.aws import create_during_init
from ecom.events import IncomingEvent
from ecom.observability import count
from orders_service import bootstrap
from orders_service.errors import StaleEvent
from orders_service.order_updates import UPDATES, Update


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_queued_events(event, HANDLERS, context)


def update_order(update: Update, event: IncomingEvent[Any]) -> None:
    """Stale events and events of unknown orders are counted and change nothing."""
    now = bootstrap.runtime.now()
    try:
        order = bootstrap.orders().change(
            event.detail["orderId"], lambda order: update(order, event, now), event.correlation_id
        )
    except StaleEvent:
        count("StaleEvent")
        return
    if order is None:
        count("EventOfUnknownOrder")


HANDLERS = {detail_type: partial(update_order, update) for detail_type, update in UPDATES.items()}


create_during_init(bootstrap.orders, lambda: bootstrap.runtime.queue)
