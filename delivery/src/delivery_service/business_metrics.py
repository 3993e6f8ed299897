"""What the events of delivery tell the business: deliveries by how they ended. Pure."""

from collections.abc import Sequence

from ecom.business_metrics import BusinessMetric
from ecom.events import OutgoingEvent
from ecom.table_stream import Change

COUNTED = {"DeliveryCompleted": "DeliveriesCompleted", "DeliveryFailed": "DeliveriesFailed"}


def metrics_of(_change: Change, event: OutgoingEvent) -> Sequence[BusinessMetric]:
    return [BusinessMetric(COUNTED[event.detail_type])] if event.detail_type in COUNTED else []
