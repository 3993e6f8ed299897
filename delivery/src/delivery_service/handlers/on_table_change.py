"""The table's stream -> DeliveryStarted, DeliveryCompleted, DeliveryFailed."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.events import SOURCE, events_of
from ecom.table_stream import publish_changes


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return publish_changes(event["Records"], SOURCE, events_of, bootstrap.publisher(), bootstrap.dead_letters())
