"""Queue of events from orders, warehouse and delivery -> the payment of the order."""

from typing import Any

from ecom.aws import create_during_init
from ecom.events import IncomingEvent
from payment_service import bootstrap
from payment_service.payment_events import PROGRESS, progress_from


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return bootstrap.runtime.handle_queued_events(event, dict.fromkeys(PROGRESS, settle), context)


def settle(event: IncomingEvent[Any]) -> None:
    """Nothing is read or written while the circuit breaker is open."""
    bootstrap.circuit_breaker().check()
    bootstrap.settlement().apply(*progress_from(event), event.correlation_id)


create_during_init(bootstrap.settlement, lambda: bootstrap.runtime.queue)
