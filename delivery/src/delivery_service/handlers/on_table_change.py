"""The table's stream -> DeliveryStarted, DeliveryCompleted, DeliveryFailed."""

from typing import Any

from delivery_service import bootstrap
from delivery_service.business_metrics import metrics_of
from delivery_service.events import SOURCE, events_of
from ecom.aws import create_during_init


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(event, SOURCE, events_of, metrics_of)


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.metrics)
