"""The payment table and the provider in memory. The table passes the contract suite of the real one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from payment_service.domain import LedgerEntry, LedgerStatus, OrderProgress, Payment
from payment_service.errors import ProviderUnavailable
from payment_service.repository import Decide, Row
from payment_service.rows import item_from_progress, next_item, payment_from_item, progress_from_item

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class PaymentsInMemory:
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    early_events: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        if payment.order_id in self.rows:
            return None
        item = next_item(payment, {}, correlation_id, NOON)
        self.rows[payment.order_id] = item
        return Row(payment, item)

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        item = self.rows.get(order_id)
        if item is None:
            return None
        payment = payment_from_item(item)
        wanted = decide(payment)
        if wanted == payment:
            return Row(payment, item)
        self.rows[order_id] = next_item(wanted, item, correlation_id, NOON)
        return Row(wanted, self.rows[order_id])

    def keep_early(self, order_id: str, progress: OrderProgress) -> bool:
        if order_id in self.rows:
            return False
        known = progress_from_item(self.early_events.get(order_id, {}))
        self.early_events[order_id] = item_from_progress(known.merged(progress))
        return True

    def early(self, order_id: str) -> OrderProgress | None:
        found = self.early_events.get(order_id)
        return progress_from_item(found) if found is not None else None

    def forget_early(self, order_id: str) -> None:
        self.early_events.pop(order_id, None)


@dataclass
class Ledger:
    """The provider's record of one token, and the changes that it made."""

    status: LedgerStatus
    authorised: int
    captured: int = 0
    refunded: int = 0
    done: list[str] = field(default_factory=list)


@dataclass
class ProviderInMemory:
    """A provider by its contract: idempotency keys, lowering only, one capture or one cancellation.

    `scripts` has the behaviour of the next calls of each operation, as the real provider's failure scripts name it.
    A LATE request takes effect when the test calls `arrive`, after the caller gave up.
    """

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    answers: dict[str, tuple[str, bool]] = field(default_factory=dict)
    is_down: bool = False
    calls: int = 0
    scripts: dict[str, list[str]] = field(default_factory=dict)
    late: list[Callable[[], object]] = field(default_factory=list)

    def hold(self, token: str, amount: int) -> Ledger:
        self.ledgers[token] = Ledger(LedgerStatus.HELD, amount)
        return self.ledgers[token]

    def covers(self, token: str, amount: int) -> bool:
        def read() -> bool:
            ledger = self.ledgers.get(token)
            return ledger is not None and ledger.status is LedgerStatus.HELD and amount <= ledger.authorised

        return self._perform("check", read, lambda: False)

    def lower(self, token: str, amount: int, key: str) -> bool:
        def change(ledger: Ledger) -> bool:
            if ledger.status is not LedgerStatus.HELD or amount > ledger.authorised:
                return False
            ledger.authorised = amount
            ledger.done.append(f"lower {amount}")
            return True

        return self._once("updateAmount", key, f"lower {token} {amount}", token, change)

    def capture(self, token: str, key: str) -> bool:
        def change(ledger: Ledger) -> bool:
            if ledger.status is not LedgerStatus.HELD:
                return False
            ledger.status, ledger.captured = LedgerStatus.CAPTURED, ledger.captured + ledger.authorised
            ledger.done.append(f"capture {ledger.authorised}")
            return True

        return self._once("processPayment", key, f"capture {token}", token, change)

    def cancel(self, token: str, key: str) -> bool:
        def change(ledger: Ledger) -> bool:
            if ledger.status is not LedgerStatus.HELD:
                return False
            ledger.status = LedgerStatus.CANCELLED
            ledger.done.append("cancel")
            return True

        return self._once("cancelPayment", key, f"cancel {token}", token, change)

    def refund(self, token: str, amount: int, key: str) -> bool:
        def change(ledger: Ledger) -> bool:
            if ledger.status is not LedgerStatus.CAPTURED or amount > ledger.captured - ledger.refunded:
                return False
            ledger.refunded += amount
            ledger.done.append(f"refund {amount}")
            return True

        return self._once("refund", key, f"refund {token} {amount}", token, change)

    def ledger_entry(self, token: str) -> LedgerEntry | None:
        def read() -> LedgerEntry | None:
            ledger = self.ledgers.get(token)
            return LedgerEntry(ledger.status, ledger.authorised, ledger.captured) if ledger else None

        return self._perform("payments", read, read)

    def _once(self, operation: str, key: str, request: str, token: str, change: Callable[[Ledger], bool]) -> bool:
        def answer(change: Callable[[Ledger], bool]) -> bool:
            if key not in self.answers:
                ledger = self.ledgers.get(token)
                self.answers[key] = (request, ledger is not None and change(ledger))
            first, ok = self.answers[key]
            assert first == request, f"one key for two requests: {first}, {request}"
            return ok

        return self._perform(operation, lambda: answer(change), lambda: answer(lambda _: False))

    def _perform(self, operation: str, act: Callable[[], T], decline: Callable[[], T]) -> T:
        self.calls += 1
        if self.is_down:
            raise ProviderUnavailable("no answer")
        script = self.scripts.get(operation)
        match script.pop(0) if script else "":
            case "DECLINE":
                return decline()
            case "DOWN" | "TIMEOUT_BEFORE":
                raise ProviderUnavailable("no effect")
            case "TIMEOUT_AFTER":
                act()
                raise ProviderUnavailable("took effect")
            case "LATE":
                self.late.append(act)
                raise ProviderUnavailable("takes effect later")
            case "TWICE":
                act()
        return act()

    def arrive(self) -> None:
        """The late requests take effect."""
        while self.late:
            self.late.pop(0)()
