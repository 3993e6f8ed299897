"""UserCreated -> the address of the user is kept, so that their first mails do not ask the user pool."""

from typing import Any

from ecom.aws import create_during_init
from ecom.contracts.users import UserCreated
from ecom.events import IncomingEvent
from notifications_service import bootstrap
from notifications_service.errors import InvalidAddress
from notifications_service.recipients import checked_address


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"UserCreated": keep_address})


def keep_address(event: IncomingEvent[UserCreated]) -> None:
    """A repeat changes nothing, and an event that is delivered late replaces no newer address."""
    try:
        address = checked_address(event.detail["email"])
    except InvalidAddress:
        return  # a mail to this user asks the pool, and fails with the reason
    bootstrap.addresses().keep(event.detail["userId"], address, event.time)


create_during_init(bootstrap.addresses)
