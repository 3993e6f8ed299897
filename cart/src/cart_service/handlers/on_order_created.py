"""OrderCreated of an order that checkout made, through a queue -> what was ordered leaves the cart."""

from typing import Any

from cart_service import bootstrap
from cart_service.checkouts import quantities_of
from ecom.aws import create_during_init
from ecom.business_metrics import BusinessMetric
from ecom.contracts.orders import OrderCreated
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_queued_events(event, {"OrderCreated": take_from_cart}, context)


def take_from_cart(event: IncomingEvent[OrderCreated]) -> None:
    order_id = event.detail["orderId"]
    if not can_be_key(order_id):
        raise InvalidEvent("orderId is too long for a key")
    if bootstrap.emptying().take(order_id, quantities_of(event.detail["products"])):
        bootstrap.runtime.metrics.count(BusinessMetric("CheckoutsCompleted"))


create_during_init(bootstrap.emptying, lambda: bootstrap.runtime.queue, lambda: bootstrap.runtime.metrics)
