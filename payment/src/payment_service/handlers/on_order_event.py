"""Queue of events from orders, warehouse and delivery -> the payment of the order; of stored refunds -> the refund."""

from typing import Any

from ecom.aws import create_during_init
from ecom.consumer import dispatch
from ecom.events import IncomingEvent
from ecom.message_queue import Message
from payment_service import bootstrap
from payment_service.payment_events import PROGRESS, progress_from
from payment_service.refund_messages import is_about_refund, refund_in


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_messages(event, handle, context)


def handle(message: Message) -> None:
    if is_about_refund(message.body):
        bootstrap.refunding().finish(*refund_in(message.body))
    else:
        dispatch(bootstrap.runtime.parse(message.body), dict.fromkeys(PROGRESS, settle))


def settle(event: IncomingEvent[Any]) -> None:
    """Nothing is read or written while the circuit breaker is open."""
    bootstrap.circuit_breaker().check()
    bootstrap.settlement().apply(*progress_from(event), event.correlation_id)


create_during_init(bootstrap.settlement, bootstrap.refunding, lambda: bootstrap.runtime.queue)
