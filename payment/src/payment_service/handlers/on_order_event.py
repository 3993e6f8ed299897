"""The queue of what orders, warehouse and delivery say -> the money of the order. A fact is done, or comes back."""

from typing import Any

from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import parse
from ecom.message_queue import Message, handle_messages
from payment_service import bootstrap
from payment_service.payment_events import heard


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    services = bootstrap.keeping()
    return handle_messages(event["Records"], note, services.queue, services.dead_letters)


def note(message: Message) -> None:
    services = bootstrap.keeping()
    services.breaker.must_be_closed()
    event = parse(message.body, services.schemas)
    order_id, facts = heard(event)
    if not can_be_key(order_id):
        raise InvalidEvent(f"{event.detail_type}: orderId is longer than any order's")
    services.keeper.note(order_id, facts, event.correlation_id)
