"""Validation of the service name for which a listener registers. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ecom.errors import InvalidInput

_SERVICE = re.compile(r"ecommerce\.[a-z0-9-]{1,64}")
LIFETIME = timedelta(hours=2)  # API Gateway closes a WebSocket after two hours


def service_name(message: Mapping[str, Any]) -> str:
    """The `serviceName` of a register message: the `source` of the events that the client receives."""
    name = message.get("serviceName")
    if not isinstance(name, str) or not _SERVICE.fullmatch(name):
        raise InvalidInput('serviceName must be the source of events, such as "ecommerce.orders"')
    return name


def expiry(now: datetime) -> int:
    """When a registration of now expires, for DynamoDB's TTL."""
    return int((now + LIFETIME).timestamp())
