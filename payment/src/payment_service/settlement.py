"""Keeping the books: a fact comes in, and what it demands of the provider is done.

Guarantees: what is to be done stands on the row, with its idempotency key, before the provider is asked, and its
outcome before the next thing is begun. So whoever dies in between is followed by somebody, with the same or another
fact, who asks again with the same key; and two at the same moment do the same thing, which the provider does once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from payment_service.domain import (
    Action,
    Call,
    Facts,
    Outcome,
    Payment,
    Result,
    Status,
    noted,
    settled,
    told_by,
)
from payment_service.errors import Crowded
from payment_service.provider import Provider
from payment_service.repository import Payments, Row

TRIES = 5
MOST_CALLS = 6  # two are usual: lower, capture


@dataclass(frozen=True, slots=True)
class Keeper:
    payments: Payments
    provider: Provider
    declined: Callable[[], None]

    def note(self, order_id: str, facts: Facts, correlation_id: str) -> None:
        """Know the facts, and do what they demand. Raises TryAgain when that did not come to its end."""
        row = self._with(order_id, facts, correlation_id)
        if row is not None:
            self._drive(row, correlation_id)

    def _with(self, order_id: str, facts: Facts, correlation_id: str) -> Row | None:
        """The row that knows the facts; None when they wait for their order."""
        row = self._known(order_id, facts, correlation_id)
        if row is None or facts.token is None:
            return row
        # Whatever came before the row was made is written by now; what comes after it goes to the row.
        early = self.payments.early(order_id)
        if early is None:
            return row
        row = self.payments.change(order_id, lambda payment: noted(payment, early), correlation_id, row)
        self.payments.forget_early(order_id)
        return row

    def _known(self, order_id: str, facts: Facts, correlation_id: str) -> Row | None:
        # An order that is not packaged yet is most likely new: so its row is made without a look for it.
        look_first = facts.token is None or facts.image is None or facts.image.is_final
        for _ in range(TRIES):
            if look_first:
                row = self.payments.change(order_id, lambda payment: noted(payment, facts), correlation_id)
                if row is not None:
                    return row
            look_first = True
            if facts.token is None:
                if self.payments.keep_early(order_id, facts):
                    return None
            else:
                fresh = noted(Payment(order_id, facts.token, facts=replace(facts, token=None)), facts)
                row = self.payments.open(fresh, correlation_id)
                if row is not None:
                    return row
        raise Crowded("the row of this order comes and goes")

    def _drive(self, row: Row, correlation_id: str) -> None:
        for _ in range(MOST_CALLS):
            call = row.payment.call
            if call is None:
                return
            after = self._settle(row, call, self._outcome(row.payment, call), correlation_id)
            if after is None:
                return  # somebody deleted the row by hand
            row = after
        raise Crowded("the money of this order finds no rest")

    def _settle(self, row: Row, call: Call, outcome: Outcome, correlation_id: str) -> Row | None:
        """Of several who settle the same call, one changes the row, and tells what was declined."""
        told = False

        def decide(payment: Payment) -> Payment:
            nonlocal told
            after = settled(payment, call, outcome)
            told = after.status is Status.FAILED and payment.status is not Status.FAILED
            return after

        after = self.payments.change(row.payment.order_id, decide, correlation_id, row)
        if after is not None and told:
            self.declined()
        return after

    def _outcome(self, payment: Payment, call: Call) -> Outcome:
        """Make the call; a no is looked up in the provider's books, since it may come from a call that was made
        before. Raises ProviderSilent when the outcome stays unknown."""
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
        return told_by(call, self.provider.books(token))

    def _captured(self, token: str) -> int:
        books = self.provider.books(token)
        return books.captured if books else 0

    def _released(self, payment: Payment) -> int:
        if payment.due is not None:
            return payment.due
        books = self.provider.books(payment.token)
        return books.authorised if books else 0
