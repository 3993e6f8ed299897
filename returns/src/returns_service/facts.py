"""What the events of returns tell the business: returns whose money was paid back. Pure."""

from collections.abc import Sequence

from ecom.events import OutgoingEvent
from ecom.facts import Fact
from ecom.table_stream import Change
from returns_service.domain import Status


def facts_of(change: Change, _event: OutgoingEvent) -> Sequence[Fact]:
    before, after = ((image or {}).get("status") for image in (change.old, change.new))
    return [Fact("ReturnsRefunded")] if after == Status.REFUNDED != before else []
