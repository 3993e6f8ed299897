"""The service name for which a listener registers, and how long an event waits for a registration. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.errors import InvalidInput

_SERVICE = re.compile(r"ecommerce\.[a-z0-9-]{1,64}")
LIFETIME = timedelta(hours=2)  # API Gateway closes a WebSocket after two hours


# A client that connected so recently may have sent `register`, and then caused the event, before it was stored.
MAY_REGISTER = timedelta(seconds=30)
WAIT_SECONDS = 5.0


def service_name(message: Mapping[str, Any]) -> str:
    """The `serviceName` of a register message: the `source` of the events that the client receives."""
    name = message.get("serviceName")
    if not isinstance(name, str) or not _SERVICE.fullmatch(name):
        raise InvalidInput('serviceName must be the source of events, such as "ecommerce.orders"')
    return name


def may_still_register(connected_at: int, now: datetime) -> bool:
    """Whether a client that connected at this time, and did not register yet, is about to."""
    return datetime.fromtimestamp(connected_at, UTC) > now - MAY_REGISTER


def expiry(now: datetime) -> int:
    """When a registration of now expires, for DynamoDB's TTL."""
    return int((now + LIFETIME).timestamp())
