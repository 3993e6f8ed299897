"""StockChanged -> the mutation `publishAvailability`, which subscribers of onAvailabilityChanged receive.

Every change is published, with or without subscribers: there is one only when staff counted and when the level of a
product changed. As with orders, there is no queue in front; a repeated or late event does no harm, since clients drop a
lower version than the one that they have.
"""

from typing import Any

from ecom.aws import create_during_init
from ecom.contracts.warehouse import StockChanged
from ecom.events import IncomingEvent
from frontend_api_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"StockChanged": stock_changed})


def stock_changed(event: IncomingEvent[StockChanged]) -> None:
    bootstrap.api().publish_availability(event.detail["productId"], event.detail["level"], event.sequence)


create_during_init(bootstrap.api)
