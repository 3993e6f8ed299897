"""What the events of delivery tell the business: deliveries by how they ended. Pure."""

from collections.abc import Sequence

from ecom.events import OutgoingEvent
from ecom.facts import Fact
from ecom.table_stream import Change

COUNTED = {"DeliveryCompleted": "DeliveriesCompleted", "DeliveryFailed": "DeliveriesFailed"}


def facts_of(_change: Change, event: OutgoingEvent) -> Sequence[Fact]:
    return [Fact(COUNTED[event.detail_type])] if event.detail_type in COUNTED else []
