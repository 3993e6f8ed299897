"""PackageCreated, through a queue, since orders is called for the address -> a new delivery.

An unknown order gives no delivery. When orders does not answer, the message is retried later.
"""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import new_delivery
from ecom.aws import create_during_init
from ecom.contracts.warehouse import PackageCreated
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from ecom.observability import count


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_queued_events(event, {"PackageCreated": open_delivery}, context)


def open_delivery(event: IncomingEvent[PackageCreated]) -> None:
    order_id = event.detail["orderId"]
    if not can_be_key(order_id):
        raise InvalidEvent("orderId is too long for a key")
    order = bootstrap.orders().find(order_id)
    if order is None:
        count("PackageOfUnknownOrder")
        return
    delivery = new_delivery(order_id, order, bootstrap.runtime.now())
    bootstrap.deliveries().open(delivery, event.correlation_id)


create_during_init(bootstrap.deliveries, bootstrap.orders, lambda: bootstrap.runtime.queue)
