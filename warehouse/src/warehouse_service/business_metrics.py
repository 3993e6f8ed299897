"""What the events of the warehouse tell the business: products of which the last unit was taken. Pure."""

from collections.abc import Sequence

from ecom.business_metrics import BusinessMetric
from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from warehouse_service.rows import counted_from_item


def metrics_of(change: Change, event: OutgoingEvent) -> Sequence[BusinessMetric]:
    """A product that had no units before, or no count, does not run out."""
    if event.detail_type != "StockChanged" or event.detail["level"] != "OUT" or change.old is None:
        return []
    return [BusinessMetric("StockOuts")] if counted_from_item(change.old).available > 0 else []
