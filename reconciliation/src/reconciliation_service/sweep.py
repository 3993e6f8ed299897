"""Everything in one go: for an operator, who has the time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ecom.errors import TryAgain
from ecom.observability import describe
from reconciliation_service.checkouts_scan import CheckoutsScan
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.inspection import ORDERS, Inspection
from reconciliation_service.partners_scan import PartnersScan
from reconciliation_service.parts import Part
from reconciliation_service.provider import Provider
from reconciliation_service.repository import WHOLE, Repository
from reconciliation_service.returns_scan import ReturnsScan
from reconciliation_service.scans import OutOfTime, Scan, Scans, ledger_since
from reconciliation_service.snapshots import OrderRecords
from reconciliation_service.stock_scan import StockScan


@dataclass(slots=True)
class Sweep:
    """`ledger_window` is how far back payments are compared with the provider's ledger."""

    repository: Repository
    provider: Provider
    now: datetime
    limits: Limits
    ledger_window: timedelta
    is_time_left: Callable[[], bool] = lambda: True
    # Before the second look, so that events under way arrive.
    pause: Callable[[], None] = lambda: None
    # What was not compared, and why. Empty after a complete sweep.
    left_out: list[str] = field(default_factory=list)
    orders_seen: int = 0

    def findings(self) -> Iterator[Finding]:
        inspection = self._inspection()
        scans = Scans(inspection, WHOLE, ledger_since(self.now, self.ledger_window, None))
        stock = StockScan(self.repository, 1, self.is_time_left, self.pause)
        returns = ReturnsScan(self.repository, self.now, self.limits, self.pause)
        checkouts = CheckoutsScan(self.repository, self.now, self.limits, self.pause)
        partners = PartnersScan(self.repository, self.now, self.limits, self.pause)
        for part in (
            scans.tables(),
            stock.scans(),
            returns.scans(),
            checkouts.scans(),
            partners.scans(),
            scans.holds(),
        ):
            yield from self._of_part(part, inspection)

    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]:
        """Read these orders consistently, with the findings about each."""
        return self._inspection().inspect(order_ids)

    def _of_part(self, scans: list[Scan], inspection: Inspection) -> Iterator[Finding]:
        part = Part(scans, inspection, self.is_time_left)
        try:
            yield from part.findings()
        except OutOfTime:
            self.left_out.append(f"{part.scan_name}: the time was over")
        self.left_out += [f"{scan}: {_reason(error)}" for scan, error in part.failures.items()]
        self.orders_seen += part.rows.get(ORDERS, 0)

    def _inspection(self) -> Inspection:
        return Inspection(self.repository, self.provider, self.now, self.limits, self.pause, self.left_out)


def _reason(error: Exception) -> str:
    """For the operator's screen: with the message of a defect, which no log repeats."""
    if isinstance(error, TryAgain):
        return error.message
    return f"it failed with {type(error).__name__}: {error} (raised at {describe(error)['raised_at']})"
