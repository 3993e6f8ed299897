"""Through all tables once: what is wrong between them, read again before it is said.

The tables cannot be read in one moment. What looks wrong in passing is looked at anew, with reads that are sure, and
judged by that: whatever moved meanwhile is on its way, and no finding.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciliation_service import stock
from reconciliation_service.domain import judge, judge_hold
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.holds import Holds
from reconciliation_service.provider import Provider, ProviderSilent
from reconciliation_service.repository import Records
from reconciliation_service.rules import latest
from reconciliation_service.snapshots import HELD, IN_PROGRESS, NEW, Case, Charge, Request, Stock

AT_ONCE = 2_000  # ids that are kept in mind for the second look


class OutOfTime(Exception):
    """The sweep ends early, and says so."""


@dataclass(slots=True)
class Sweep:
    """`books_of` is how far back settled payments are compared with the provider's books, each by a question to it."""

    records: Records
    provider: Provider
    now: datetime
    limits: Limits
    books_of: timedelta
    is_time_left: Callable[[], bool] = lambda: True
    # Between the look in passing and the sure one: what is written at this very moment arrives meanwhile.
    pause: Callable[[], None] = lambda: None
    # What was not looked at, and why; empty when everything was.
    left_out: list[str] = field(default_factory=list)
    holds: Holds = field(default_factory=Holds)
    orders_seen: int = 0
    _silent: bool = False
    _judged: set[str] = field(default_factory=set)
    _noted: list[str] = field(default_factory=list)
    _is_odd: bool = False

    def findings(self) -> Iterator[Finding]:
        try:
            self._read_holds()
            for tables in (self._of_orders, self._of_payments, self._of_warehouse, self._of_deliveries):
                yield from tables()
            yield from self._looked_at_again()
        except OutOfTime:
            self.left_out.append("the time was over before everything was looked at")
            return
        if self.holds.is_complete:
            for hold, charge in self.holds.unowned():
                yield from judge_hold(hold, charge, self.now, self.limits)

    def look(self, order_ids: Iterable[str]) -> Iterator[tuple[Case, list[Finding]]]:
        """These orders as they stand now, with what is wrong about each."""
        for case in self.records.cases(order_ids):
            sure = replace(case, charges=self._charges(case))
            yield sure, judge(sure, self.now, self.limits)

    # --- pass by pass ---

    def _read_holds(self) -> None:
        try:
            self.holds.read(self.provider)
        except ProviderSilent as error:
            self._is_silent(error)
            return
        if not self.holds.is_complete:
            self.left_out.append("there are more holds at the provider than can be compared at once")

    def _of_orders(self) -> Iterator[Finding]:
        for page in self.records.orders():
            self._go_on()
            self.orders_seen += len(page)
            cases = [replace(case, charges=self.holds.owned_by(case)) for case in self.records.around(page)]
            odd = [case.order_id for case in cases if judge(case, self.now, self.limits)]
            self._is_odd = self._is_odd or bool(odd)
            yield from self._note([*odd, *(case.order_id for case in cases if self._asks(case))])

    def _of_payments(self) -> Iterator[Finding]:
        for page in self.records.payments():
            self._go_on()
            for payment in page:
                self.holds.owned_by(Case(payment.order_id, payment=payment))
            yield from self._orphans(payment.order_id for payment in page)

    def _of_deliveries(self) -> Iterator[Finding]:
        for page in self.records.deliveries():
            self._go_on()
            yield from self._orphans(each.order_id for each in page if each.status in (NEW, IN_PROGRESS))

    def _of_warehouse(self) -> Iterator[Finding]:
        kept, shelves = stock.Kept(), dict[str, Stock]()
        for page in self.records.warehouse():
            self._go_on()
            for each in page:
                if isinstance(each, Request):
                    kept.add(each)
                else:
                    shelves[each.product_id] = each
            requests = [each for each in page if isinstance(each, Request)]
            yield from self._orphans(each.order_id for each in requests if each.status in (HELD, NEW, IN_PROGRESS))
        odd = stock.suspects(stock.Look(shelves, kept.units, shelves))
        if odd:
            first = self._shelves(odd)
            self.pause()
            yield from stock.judge(first, self._shelves(odd))

    def _shelves(self, product_ids: list[str]) -> stock.Look:
        before = self.records.shelves(product_ids)
        kept = stock.Kept()
        for page in self.records.keeping_stock():
            self._go_on()
            for request in page:
                kept.add(request)
        return stock.Look(before, kept.units, self.records.shelves(product_ids))

    # --- read again, then said ---

    def _orphans(self, order_ids: Iterable[str]) -> Iterator[Finding]:
        ids = [order_id for order_id in order_ids if order_id not in self._judged]
        if ids:
            missing = self.records.without_order(ids)
            self._judged.update(missing)  # several tables may name them
            self._is_odd = self._is_odd or bool(missing)
            yield from self._note(missing)

    def _note(self, order_ids: list[str]) -> Iterator[Finding]:
        self._noted += order_ids
        if len(self._noted) >= AT_ONCE:
            yield from self._looked_at_again()

    def _looked_at_again(self) -> Iterator[Finding]:
        noted, self._noted = self._noted, []
        if self._is_odd:  # to ask for the provider's word alone, nobody has to wait
            self.pause()
            self._is_odd = False
        for _, found in self.look(noted):
            self._go_on()
            yield from found

    def _charges(self, case: Case) -> dict[str, Charge]:
        found: dict[str, Charge] = {}
        for token in sorted(case.tokens):
            if self._silent:
                break
            try:
                charge = self.provider.charge(token)
            except ProviderSilent as error:
                self._is_silent(error)
            else:
                if charge is not None:
                    found[token] = charge
        return found

    def _asks(self, case: Case) -> bool:
        """Whether to compare with the provider's books: money that was settled not long ago."""
        if self._silent or not case.tokens - case.charges.keys():
            return False
        changed = latest(
            case.order.modified_at if case.order else None, case.payment.changed_at if case.payment else None
        )
        return changed is None or self.now - changed <= self.books_of

    def _is_silent(self, error: ProviderSilent) -> None:
        """Asked once more, it would cost the time of everything else."""
        if not self._silent:
            self._silent = True
            self.left_out.append(f"the provider's books: {error.message}")

    def _go_on(self) -> None:
        if not self.is_time_left():
            raise OutOfTime
