"""OrderModified of a followed order -> the mutation `publishOrderChange`, which subscribers of onOrderChanged receive.

No page can follow an order before it exists, so OrderCreated is not needed. A late change is worth nothing to a
subscriber: there is no queue in front, and after three attempts the event is a dead letter. A repeated or late event
does no harm: clients drop an order that is older than the one they have.
"""

from typing import Any

from ecom.aws import create_during_init
from ecom.contracts.orders import OrderModified
from ecom.events import IncomingEvent
from frontend_api_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"OrderModified": order_modified})


def order_modified(event: IncomingEvent[OrderModified]) -> None:
    bootstrap.api().publish_order(event.detail["new"], bootstrap.currency())


create_during_init(bootstrap.api)
