"""What all services have about some orders, judged: the second look, which alone makes a finding.

A scan sees the rows of an order at different moments, and only names suspects. They are read again some seconds later,
all tables consistently, and the provider's ledger. What changed in between was under way.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciliation_service.domain import judge
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.provider import Provider, ProviderUnavailable
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import HELD, IN_PROGRESS, NEW, OrderRecords

ORDERS, PAYMENTS, WAREHOUSE, DELIVERIES, HOLDS = "orders", "payments", "warehouse", "deliveries", "holds"
OPEN_REQUESTS = (HELD, NEW, IN_PROGRESS)
OPEN_DELIVERIES = (NEW, IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Suspect:
    """An order that looks wrong, and the table in which it was seen."""

    order_id: str
    table: str


@dataclass(slots=True)
class Inspection:
    repository: Repository
    provider: Provider
    now: datetime
    limits: Limits
    # Before the second look, so that events under way arrive.
    pause: Callable[[], None] = lambda: None
    # What was not compared, and why.
    left_out: list[str] = field(default_factory=list)
    _is_provider_down: bool = False

    def judge(self, records: OrderRecords) -> list[Finding]:
        return judge(records, self.now, self.limits)

    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]:
        """Read these orders consistently, with the findings about each."""
        for page in self.repository.records_of(order_ids):
            for records in self.with_ledger(page):
                yield records, self.judge(records)

    def confirm(self, suspects: Iterable[Suspect]) -> Iterator[Finding]:
        """The findings about the suspects that a second look confirms."""
        tables: dict[str, set[str]] = {}
        for suspect in suspects:
            tables.setdefault(suspect.order_id, set()).add(suspect.table)
        if tables:
            self.pause()
        for records, found in self.inspect(tables):
            if tables[records.order_id] & reported_by(records):
                yield from found

    def with_ledger(self, page: list[OrderRecords]) -> list[OrderRecords]:
        """The records with the provider's entries, as far as it answers. After a failure it is asked no more: waiting
        for it would use up the time."""
        tokens = {token for records in page for token in records.tokens}
        if not tokens or self._is_provider_down:
            return page
        try:
            found = self.provider.entries(tokens)
        except ProviderUnavailable as error:
            self._is_provider_down = True
            self.left_out.append(f"the provider's ledger: {error.message}")
            return page
        return [
            replace(records, ledger={token: found[token] for token in records.tokens if token in found})
            for records in page
        ]


def reported_by(records: OrderRecords) -> set[str]:
    """The tables whose scan reports the order, so that it is reported once. Rows without an order are reported by the
    first table that has one."""
    if records.order is not None:
        return {ORDERS, HOLDS}
    if records.payment is not None:
        return {PAYMENTS}
    if records.request is not None and records.request.status in OPEN_REQUESTS:
        return {WAREHOUSE}
    return {DELIVERIES}
