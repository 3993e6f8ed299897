"""The scans of the tables and of the provider's holds. Each goes through all rows and names suspects.

A scan begins behind the place where an earlier run ended. Rows of several tables about one order are read together, for
each page: nothing is compared with what an earlier run read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ecom.dynamo import Item
from reconciliation_service.domain import judge_hold
from reconciliation_service.findings import Finding
from reconciliation_service.inspection import (
    DELIVERIES,
    HOLDS,
    OPEN_DELIVERIES,
    OPEN_REQUESTS,
    ORDERS,
    PAYMENTS,
    WAREHOUSE,
    Inspection,
    Suspect,
)
from reconciliation_service.partner_orders import judge_orders
from reconciliation_service.provider import HoldPage, fingerprint
from reconciliation_service.repository import Segment
from reconciliation_service.rules import latest
from reconciliation_service.snapshots import OrderRecords, Request


class OutOfTime(Exception):
    """The run ends before the scan or the part is done."""


@dataclass(frozen=True, slots=True)
class ScanPage:
    """What a scan says of one page. `end` is the place behind it, None at the end of the scan."""

    rows: int
    end: Item | None
    suspects: list[Suspect] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scan:
    name: str
    pages: Callable[[Item | None], Iterator[ScanPage]]


@dataclass(frozen=True, slots=True)
class Scans:
    """`ledger_since`: payments of orders that changed since then are compared with the provider's ledger."""

    inspection: Inspection
    segment: Segment
    ledger_since: datetime

    def tables(self) -> list[Scan]:
        return [
            Scan(ORDERS, self._orders),
            Scan(PAYMENTS, self._payments),
            Scan(WAREHOUSE, self._warehouse),
            Scan(DELIVERIES, self._deliveries),
        ]

    def holds(self) -> list[Scan]:
        return [Scan(HOLDS, self._holds)]

    def _orders(self, start: Item | None) -> Iterator[ScanPage]:
        inspection = self.inspection
        for page in inspection.repository.orders(self.segment, start):
            joined = inspection.repository.with_other_services(page.rows)
            recent = [records for records in joined if self._is_recent(records)]
            others = [records for records in joined if not self._is_recent(records)]
            compared = [*others, *inspection.with_ledger(recent)]
            suspects = [Suspect(records.order_id, ORDERS) for records in compared if inspection.judge(records)]
            unknown = list(judge_orders(page.rows, inspection.repository, inspection.now, inspection.limits))
            yield ScanPage(len(page.rows), page.end, suspects, unknown)

    def _payments(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.inspection.repository.payments(self.segment, start):
            yield self._orphans(len(page.rows), page.end, PAYMENTS, [each.order_id for each in page.rows])

    def _warehouse(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.inspection.repository.warehouse(self.segment, start):
            requests = [each for each in page.rows if isinstance(each, Request) and each.status in OPEN_REQUESTS]
            yield self._orphans(len(page.rows), page.end, WAREHOUSE, [each.order_id for each in requests])

    def _deliveries(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.inspection.repository.deliveries(self.segment, start):
            ids = [each.order_id for each in page.rows if each.status in OPEN_DELIVERIES]
            yield self._orphans(len(page.rows), page.end, DELIVERIES, ids)

    def _orphans(self, rows: int, end: Item | None, table: str, ids: list[str]) -> ScanPage:
        missing = self.inspection.repository.without_order(ids) if ids else []
        return ScanPage(rows, end, [Suspect(order_id, table) for order_id in missing])

    def _holds(self, start: Item | None) -> Iterator[ScanPage]:
        """Every open hold with the order that uses it. Raises ProviderUnavailable."""
        for page in self.inspection.provider.holds(str(start["after"]) if start else ""):
            users = self.inspection.repository.users_of_tokens(token for token, _ in page.holds)
            records = self._records_of(set(users.values()))
            yield ScanPage(
                len(page.holds),
                {"after": page.end} if page.end is not None else None,
                [Suspect(each.order_id, HOLDS) for each in records.values() if self._is_suspicious_hold(each)],
                list(self._without_order(page, users, records)),
            )

    def _records_of(self, order_ids: Iterable[str]) -> dict[str, OrderRecords]:
        pages = self.inspection.repository.records_of(order_ids, consistent=False)
        return {each.order_id: each for page in pages for each in self.inspection.with_ledger(page)}

    def _is_suspicious_hold(self, records: OrderRecords) -> bool:
        """Whether only the ledger shows it: the scan of orders asks the ledger about recent changes only."""
        return (
            records.order is not None
            and not self._is_recent(records)
            and not self.inspection.judge(_without_ledger(records))
            and bool(self.inspection.judge(records))
        )

    def _without_order(
        self, page: HoldPage, users: dict[str, str], records: dict[str, OrderRecords]
    ) -> Iterator[Finding]:
        for token, entry in page.holds:
            user = records.get(users.get(token, ""))
            if user is None or token not in user.tokens:
                yield from judge_hold(fingerprint(token), entry, self.inspection.now, self.inspection.limits)

    def _is_recent(self, records: OrderRecords) -> bool:
        changed = latest(
            records.order.modified_at if records.order else None,
            records.payment.changed_at if records.payment else None,
        )
        return bool(records.tokens) and (changed is None or changed >= self.ledger_since)


def _without_ledger(records: OrderRecords) -> OrderRecords:
    return OrderRecords(records.order_id, records.order, records.payment, records.request, records.delivery)


def ledger_since(now: datetime, window: timedelta, compared: datetime | None) -> datetime:
    """`compared` is when the last complete pass began: what changed since then was perhaps not compared yet."""
    return min(now, compared or now) - window
