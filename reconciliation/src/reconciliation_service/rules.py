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
    Delivery,
    Order,
    OrderRecords,
    Payment,
    Request,
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

    @property
    def order(self) -> Order | None:
        return self.records.order

    @property
    def payment(self) -> Payment | None:
        return self.records.payment

    @property
    def request(self) -> Request | None:
        return self.records.request

    @property
    def delivery(self) -> Delivery | None:
        return self.records.delivery

    def is_older_than(self, since: datetime | None, limit: timedelta | None = None) -> bool:
        """Whether it is older than the limit, by default that of events in flight. Without a date it was written
        manually and is not under way."""
        return since is None or self.now - since >= (self.limits.in_flight if limit is None else limit)

    def finding(
        self,
        kind: Kind,
        actual: str,
        expected: str,
        since: datetime | None,
        repair_events: tuple[str, ...] = (),
        limit: timedelta | None = None,
    ) -> Findings:
        """The finding about this order, if the disagreement is older than the limit."""
        if self.is_older_than(since, limit):
            yield Finding(kind, {"orderId": self.records.order_id}, actual, expected, since, repair_events)


def latest(*moments: datetime | None) -> datetime | None:
    """The latest known moment: since then both services had time to agree."""
    return max((moment for moment in moments if moment is not None), default=None)


def is_being_packaged(records: OrderRecords) -> bool:
    """Whether staff have not finished packing: contents and total are not final."""
    packaged = records.order is not None and records.order.packaged_at is not None
    return not packaged and records.request is not None and records.request.status in (NEW, IN_PROGRESS)
