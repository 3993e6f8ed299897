"""The table's stream -> DeliveryStarted, DeliveryCompleted, DeliveryFailed."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.events import SOURCE, events_of
from delivery_service.facts import facts_of
from ecom.aws import create_during_init


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(event, SOURCE, events_of, facts_of)


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.facts)
