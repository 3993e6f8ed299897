"""PackageCreated, from a queue since the address has to be asked for -> a delivery.

An order that orders does not know leaves no row. When orders does not answer, the message comes back later.
"""

from typing import Any

from delivery_service import bootstrap
from delivery_service.domain import opened
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import parse
from ecom.message_queue import Message, handle_messages
from ecom.observability import count


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return handle_messages(event["Records"], open_delivery, bootstrap.packages_queue(), bootstrap.dead_letters())


def open_delivery(message: Message) -> None:
    event = parse(message.body, bootstrap.schemas())
    order_id = event.detail["orderId"]
    if not can_be_key(order_id):
        raise InvalidEvent("an order's id that no item can have")
    order = bootstrap.orders().find(order_id)
    if order is None:
        count("PackageOfUnknownOrder")
        return
    bootstrap.deliveries().open(opened(order_id, order, bootstrap.now()), event.correlation_id)
