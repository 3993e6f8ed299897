"""What the events of returns tell the business: returns whose money was paid back. Pure."""

from collections.abc import Sequence

from ecom.business_metrics import BusinessMetric
from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from returns_service.domain import Status


def metrics_of(change: Change, _event: OutgoingEvent) -> Sequence[BusinessMetric]:
    before, after = ((image or {}).get("status") for image in (change.old, change.new))
    return [BusinessMetric("ReturnsRefunded")] if after == Status.REFUNDED != before else []
