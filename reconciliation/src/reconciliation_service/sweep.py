"""One pass through all tables. Every disagreement is confirmed by a second read before it is reported.

The tables cannot be read at one moment. An order that looks wrong in the first pass is read again with consistent
reads, and only the second result counts: what changed in between was under way.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciliation_service import stock
from reconciliation_service.domain import judge, judge_hold
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.holds import Holds
from reconciliation_service.provider import Provider, ProviderUnavailable
from reconciliation_service.repository import Repository
from reconciliation_service.rules import latest
from reconciliation_service.snapshots import HELD, IN_PROGRESS, NEW, LedgerEntry, OrderRecords, Request, Stock

BATCH = 2_000  # ids collected for the second read


class OutOfTime(Exception):
    """The sweep ends before all tables are read."""


@dataclass(slots=True)
class Sweep:
    """`ledger_window` is how far back settled payments are compared with the provider's ledger, one by one."""

    repository: Repository
    provider: Provider
    now: datetime
    limits: Limits
    ledger_window: timedelta
    is_time_left: Callable[[], bool] = lambda: True
    # Between the first read and the consistent one, so that events under way arrive.
    pause: Callable[[], None] = lambda: None
    # What was not compared, and why. Empty after a complete sweep.
    left_out: list[str] = field(default_factory=list)
    holds: Holds = field(default_factory=Holds)
    orders_seen: int = 0
    _is_provider_down: bool = False
    _orphans_seen: set[str] = field(default_factory=set)
    _suspects: list[str] = field(default_factory=list)
    _is_suspicious: bool = False

    def findings(self) -> Iterator[Finding]:
        try:
            self._read_holds()
            for tables in (self._of_orders, self._of_payments, self._of_warehouse, self._of_deliveries):
                yield from tables()
            yield from self._confirmed()
        except OutOfTime:
            self.left_out.append("the time was over before everything was compared")
            return
        if self.holds.is_complete:
            for hold, entry in self.holds.unowned():
                yield from judge_hold(hold, entry, self.now, self.limits)

    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]:
        """Read these orders consistently, with the findings about each."""
        for records in self.repository.records_of(order_ids):
            complete = replace(records, ledger=self._ledger_of(records))
            yield complete, judge(complete, self.now, self.limits)

    # --- first pass, table by table ---

    def _read_holds(self) -> None:
        try:
            self.holds.read(self.provider)
        except ProviderUnavailable as error:
            self._provider_failed(error)
            return
        if not self.holds.is_complete:
            self.left_out.append("the provider has more holds than one sweep compares")

    def _of_orders(self) -> Iterator[Finding]:
        for page in self.repository.orders():
            self._check_time()
            self.orders_seen += len(page)
            joined = [
                replace(records, ledger=self.holds.owned_by(records))
                for records in self.repository.with_other_services(page)
            ]
            suspicious = [records.order_id for records in joined if judge(records, self.now, self.limits)]
            self._is_suspicious = self._is_suspicious or bool(suspicious)
            yield from self._suspect(
                [*suspicious, *(records.order_id for records in joined if self._is_in_ledger_window(records))]
            )

    def _of_payments(self) -> Iterator[Finding]:
        for page in self.repository.payments():
            self._check_time()
            for payment in page:
                self.holds.owned_by(OrderRecords(payment.order_id, payment=payment))
            yield from self._orphans(payment.order_id for payment in page)

    def _of_deliveries(self) -> Iterator[Finding]:
        for page in self.repository.deliveries():
            self._check_time()
            yield from self._orphans(each.order_id for each in page if each.status in (NEW, IN_PROGRESS))

    def _of_warehouse(self) -> Iterator[Finding]:
        reserved, stocks = Counter[str](), dict[str, Stock]()
        for page in self.repository.warehouse():
            self._check_time()
            requests = [each for each in page if isinstance(each, Request)]
            reserved.update(stock.reserved_units(requests))
            stocks |= {each.product_id: each for each in page if isinstance(each, Stock)}
            yield from self._orphans(each.order_id for each in requests if each.status in (HELD, NEW, IN_PROGRESS))
        suspicious = stock.suspects(stock.StockReading(stocks, reserved, stocks))
        if suspicious:
            first = self._stock_reading(suspicious)
            self.pause()
            yield from stock.judge(first, self._stock_reading(suspicious))

    def _stock_reading(self, product_ids: list[str]) -> stock.StockReading:
        before = self.repository.stock(product_ids)
        reserved = Counter[str]()
        for page in self.repository.requests_with_stock():
            self._check_time()
            reserved.update(stock.reserved_units(page))
        return stock.StockReading(before, reserved, self.repository.stock(product_ids))

    # --- second read, then reported ---

    def _orphans(self, order_ids: Iterable[str]) -> Iterator[Finding]:
        ids = [order_id for order_id in order_ids if order_id not in self._orphans_seen]
        if ids:
            missing = self.repository.without_order(ids)
            self._orphans_seen.update(missing)  # several tables may contain the same id
            self._is_suspicious = self._is_suspicious or bool(missing)
            yield from self._suspect(missing)

    def _suspect(self, order_ids: list[str]) -> Iterator[Finding]:
        self._suspects += order_ids
        if len(self._suspects) >= BATCH:
            yield from self._confirmed()

    def _confirmed(self) -> Iterator[Finding]:
        suspected, self._suspects = self._suspects, []
        if self._is_suspicious:  # reading only the provider's ledger needs no pause
            self.pause()
            self._is_suspicious = False
        for _, found in self.inspect(suspected):
            self._check_time()
            yield from found

    def _ledger_of(self, records: OrderRecords) -> dict[str, LedgerEntry]:
        found: dict[str, LedgerEntry] = {}
        for token in sorted(records.tokens):
            if self._is_provider_down:
                break
            try:
                entry = self.provider.ledger_entry(token)
            except ProviderUnavailable as error:
                self._provider_failed(error)
            else:
                if entry is not None:
                    found[token] = entry
        return found

    def _is_in_ledger_window(self, records: OrderRecords) -> bool:
        """Whether to compare with the provider's ledger: payments that changed recently."""
        if self._is_provider_down or not records.tokens - records.ledger.keys():
            return False
        changed = latest(
            records.order.modified_at if records.order else None,
            records.payment.changed_at if records.payment else None,
        )
        return changed is None or self.now - changed <= self.ledger_window

    def _provider_failed(self, error: ProviderUnavailable) -> None:
        """Do not ask again: waiting for the provider would use up the time of the sweep."""
        if not self._is_provider_down:
            self._is_provider_down = True
            self.left_out.append(f"the provider's ledger: {error.message}")

    def _check_time(self) -> None:
        if not self.is_time_left():
            raise OutOfTime
