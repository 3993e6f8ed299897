"""Settlement: merge an order's progress into its payment, and make the calls to the provider that follow.

Guarantees: a call is stored on the row, with its idempotency key, before it is made, and its outcome before the next
call is stored. If a function stops midway, the next delivery of an event repeats the call with the same key. Two
functions at the same moment make the same call, which takes effect once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from payment_service.domain import (
    Action,
    Call,
    OrderProgress,
    Outcome,
    Payment,
    Result,
    Status,
    after_call,
    outcome_from_ledger,
    with_progress,
)
from payment_service.errors import TooManyConflicts
from payment_service.provider import Provider
from payment_service.repository import Payments, Row

MAX_ATTEMPTS = 5
MAX_CALLS = 6  # usually two: lower, capture


@dataclass(frozen=True, slots=True)
class Settlement:
    """`on_failed` is called once for a payment that the provider declined."""

    payments: Payments
    provider: Provider
    on_failed: Callable[[], None]

    def apply(self, order_id: str, progress: OrderProgress, correlation_id: str) -> None:
        """Store the progress and make the calls that follow. Raises TryAgain when they could not be completed."""
        row = self._store(order_id, progress, correlation_id)
        if row is not None:
            self._make_calls(row, correlation_id)

    def _store(self, order_id: str, progress: OrderProgress, correlation_id: str) -> Row | None:
        """The row with the progress and the early progress merged. None when the order is not known yet."""
        row = self._change_or_open(order_id, progress, correlation_id)
        if row is None or progress.token is None:
            return row
        # Progress from before the row was created is in the early table by now; later progress goes to the row.
        early = self.payments.early(order_id)
        if early is None:
            return row
        row = self.payments.change(order_id, lambda payment: with_progress(payment, early), correlation_id, row)
        self.payments.forget_early(order_id)
        return row

    def _change_or_open(self, order_id: str, progress: OrderProgress, correlation_id: str) -> Row | None:
        # An order that is not packaged is most likely new: create its row without a read.
        read_first = progress.token is None or progress.snapshot is None or progress.snapshot.total_is_final
        for _ in range(MAX_ATTEMPTS):
            if read_first:
                row = self.payments.change(order_id, lambda payment: with_progress(payment, progress), correlation_id)
                if row is not None:
                    return row
            read_first = True
            if progress.token is None:
                if self.payments.keep_early(order_id, progress):
                    return None
            else:
                new = Payment(order_id, progress.token, progress=replace(progress, token=None))
                row = self.payments.open(with_progress(new, progress), correlation_id)
                if row is not None:
                    return row
        raise TooManyConflicts("the payment row is being created and deleted concurrently")

    def _make_calls(self, row: Row, correlation_id: str) -> None:
        for _ in range(MAX_CALLS):
            call = row.payment.call
            if call is None:
                return
            after = self._record(row, call, self._outcome(row.payment, call), correlation_id)
            if after is None:
                return  # the row was deleted manually
            row = after
        raise TooManyConflicts(f"settlement did not converge after {MAX_CALLS} provider calls")

    def _record(self, row: Row, call: Call, outcome: Outcome, correlation_id: str) -> Row | None:
        """Store the outcome. Of several functions that made the same call, one changes the row and reports FAILED."""
        failed = False

        def decide(payment: Payment) -> Payment:
            nonlocal failed
            after = after_call(payment, call, outcome)
            failed = after.status is Status.FAILED and payment.status is not Status.FAILED
            return after

        after = self.payments.change(row.payment.order_id, decide, correlation_id, row)
        if after is not None and failed:
            self.on_failed()
        return after

    def _outcome(self, payment: Payment, call: Call) -> Outcome:
        """Make the call. A refusal is checked against the ledger, since the call may have taken effect before.

        Raises ProviderUnavailable when the outcome stays unknown.
        """
        token, amount = payment.token, call.amount
        match call.action:
            case Action.LOWER if amount is not None:
                if self.provider.lower(token, amount, call.key):
                    return Outcome(Result.LOWERED, amount)
            case Action.CAPTURE:
                if self.provider.capture(token, call.key):
                    return Outcome(Result.CAPTURED, self._captured(token) if amount is None else amount)
            case Action.VOID:
                if self.provider.cancel(token, call.key):
                    return Outcome(Result.RELEASED, self._released(payment))
        return outcome_from_ledger(call, self.provider.ledger_entry(token))

    def _captured(self, token: str) -> int:
        entry = self.provider.ledger_entry(token)
        return entry.captured if entry else 0

    def _released(self, payment: Payment) -> int:
        if payment.due is not None:
            return payment.due
        entry = self.provider.ledger_entry(payment.token)
        return entry.authorised if entry else 0
