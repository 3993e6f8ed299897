"""The table's stream -> DeliveryStarted, DeliveryCompleted, DeliveryFailed."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(event, SOURCE, events_of)
