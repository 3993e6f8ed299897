"""What the rules of money, goods and progress share. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.snapshots import (
    CANCELLED,
    DELIVERY_FAILED,
    IN_PROGRESS,
    NEW,
    PACKAGING_FAILED,
    OrderRecords,
)

Findings = Iterator[Finding]

# The event that ended an order without a delivery.
ENDED_BY = {
    CANCELLED: "PackagingCancelled",
    PACKAGING_FAILED: "PackagingFailed",
    DELIVERY_FAILED: "DeliveryFailed",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The records of one order, at one moment, with the limits."""

    records: OrderRecords
    now: datetime
    limits: Limits

    def is_older_than(self, since: datetime | None, limit: timedelta) -> bool:
        """Whether it is older than the limit. Without a date it was written manually and is not under way."""
        return since is None or self.now - since >= limit

    def finding(
        self, kind: Kind, actual: str, expected: str, since: datetime | None, repair_events: tuple[str, ...] = ()
    ) -> Finding:
        return Finding(kind, {"orderId": self.records.order_id}, actual, expected, since, repair_events)


def latest(*moments: datetime | None) -> datetime | None:
    """The latest known moment: since then both services had time to agree."""
    return max((moment for moment in moments if moment is not None), default=None)


def is_being_packaged(records: OrderRecords) -> bool:
    """Whether staff have not finished packing: contents and total are not final."""
    packaged = records.order is not None and records.order.packaged_at is not None
    return not packaged and records.request is not None and records.request.status in (NEW, IN_PROGRESS)
