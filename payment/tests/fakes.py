"""The table and the provider in memory. The table passes the same contract suite as the real one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from payment_service.domain import Books, Facts, Held, Payment
from payment_service.provider import ProviderSilent
from payment_service.repository import Decide, Row, _next_row
from payment_service.rows import facts_of, item_of, payment_of, row_of

T = TypeVar("T")


@dataclass
class PaymentsInMemory:
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    early_facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        if payment.order_id in self.rows:
            return None
        item = {**row_of(payment, {}), "etag": 1, "correlationId": correlation_id}
        self.rows[payment.order_id] = item
        return Row(payment, item)

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        item = self.rows.get(order_id)
        if item is None:
            return None
        payment = payment_of(item)
        wanted = decide(payment)
        if wanted == payment:
            return Row(payment, item)
        self.rows[order_id] = _next_row(wanted, item, correlation_id)
        return Row(wanted, self.rows[order_id])

    def keep_early(self, order_id: str, facts: Facts) -> bool:
        if order_id in self.rows:
            return False
        known = facts_of(self.early_facts.get(order_id, {}))
        self.early_facts[order_id] = item_of(known.joined(facts))
        return True

    def early(self, order_id: str) -> Facts | None:
        found = self.early_facts.get(order_id)
        return facts_of(found) if found is not None else None

    def forget_early(self, order_id: str) -> None:
        self.early_facts.pop(order_id, None)


@dataclass
class Ledger:
    """What the provider knows of one token, and what it did."""

    status: Held
    authorised: int
    captured: int = 0
    done: list[str] = field(default_factory=list)


@dataclass
class ProviderInMemory:
    """A provider after the contract: idempotency keys, lowering only, one capture or one cancellation.

    `scripts` says what the next calls of an operation meet, in the words of the real provider's failure scripts; a
    request under LATE is done when the test says so, long after the caller gave up."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    answers: dict[str, tuple[str, bool]] = field(default_factory=dict)
    silent: bool = False
    asked: int = 0
    scripts: dict[str, list[str]] = field(default_factory=dict)
    late: list[Callable[[], object]] = field(default_factory=list)

    def hold(self, token: str, amount: int) -> Ledger:
        self.ledgers[token] = Ledger(Held.HELD, amount)
        return self.ledgers[token]

    def covers(self, token: str, amount: int) -> bool:
        def look() -> bool:
            ledger = self.ledgers.get(token)
            return ledger is not None and ledger.status is Held.HELD and amount <= ledger.authorised

        return self._played("check", look, lambda: False)

    def lower(self, token: str, amount: int, key: str) -> bool:
        def move(ledger: Ledger) -> bool:
            if ledger.status is not Held.HELD or amount > ledger.authorised:
                return False
            ledger.authorised = amount
            ledger.done.append(f"lower {amount}")
            return True

        return self._once("updateAmount", key, f"lower {token} {amount}", token, move)

    def capture(self, token: str, key: str) -> bool:
        def move(ledger: Ledger) -> bool:
            if ledger.status is not Held.HELD:
                return False
            ledger.status, ledger.captured = Held.CAPTURED, ledger.captured + ledger.authorised
            ledger.done.append(f"capture {ledger.authorised}")
            return True

        return self._once("processPayment", key, f"capture {token}", token, move)

    def cancel(self, token: str, key: str) -> bool:
        def move(ledger: Ledger) -> bool:
            if ledger.status is not Held.HELD:
                return False
            ledger.status = Held.CANCELLED
            ledger.done.append("cancel")
            return True

        return self._once("cancelPayment", key, f"cancel {token}", token, move)

    def books(self, token: str) -> Books | None:
        def look() -> Books | None:
            ledger = self.ledgers.get(token)
            return Books(ledger.status, ledger.authorised, ledger.captured) if ledger else None

        return self._played("payments", look, look)

    def _once(self, operation: str, key: str, said: str, token: str, move: Callable[[Ledger], bool]) -> bool:
        def answer(move: Callable[[Ledger], bool]) -> bool:
            if key not in self.answers:
                ledger = self.ledgers.get(token)
                self.answers[key] = (said, ledger is not None and move(ledger))
            first, ok = self.answers[key]
            assert first == said, f"one key for two requests: {first}, {said}"
            return ok

        return self._played(operation, lambda: answer(move), lambda: answer(lambda _: False))

    def _played(self, operation: str, act: Callable[[], T], decline: Callable[[], T]) -> T:
        self.asked += 1
        if self.silent:
            raise ProviderSilent("silent")
        script = self.scripts.get(operation)
        match script.pop(0) if script else "":
            case "DECLINE":
                return decline()
            case "DOWN" | "TIMEOUT_BEFORE":
                raise ProviderSilent("nothing happened")
            case "TIMEOUT_AFTER":
                act()
                raise ProviderSilent("it happened")
            case "LATE":
                self.late.append(act)
                raise ProviderSilent("it will happen")
            case "TWICE":
                act()
        return act()

    def arrive(self) -> None:
        """What was late is done now."""
        while self.late:
            self.late.pop(0)()
