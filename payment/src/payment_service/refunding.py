"""Refunds: stored, then made at the provider, then ended.

Guarantees: the refund is stored before the provider is asked, and its idempotency key follows from it. If a function
stops midway, or the provider gives no answer, the refund stays PENDING: the message about it in the queue repeats the
call with the same key. Two functions at the same moment make the same call, which takes effect once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ecom.errors import TryAgain
from payment_service.provider import Provider
from payment_service.refund_repository import Refunds, StoredRefund
from payment_service.refunds import RefundStatus, Request, new_refund, require_same_request


@dataclass(frozen=True, slots=True)
class Refunding:
    """`require_provider` raises CircuitOpen while the provider is not to be called."""

    refunds: Refunds
    provider: Provider
    require_provider: Callable[[], None]
    now: Callable[[], str]

    def refund(self, request: Request, correlation_id: str) -> StoredRefund:
        """The refund of the request; PENDING when its outcome is unknown: the queue's message about it repeats the
        call. Raises NoSuchPayment, NotRefunded, CapturePending, RefundsPending or OtherContent."""
        stored = self.store(request, correlation_id)
        try:
            return self._make(stored, correlation_id)
        except TryAgain:
            return stored

    def store(self, request: Request, correlation_id: str) -> StoredRefund:
        """The stored refund of the request, made or not."""
        stored = self.refunds.find(request.refund_id)
        if stored is None:
            stored = self.refunds.store(
                request, lambda payment, balance: new_refund(request, payment, balance), self.now(), correlation_id
            )
        require_same_request(stored.refund, request)
        return stored

    def finish(self, refund_id: str, correlation_id: str) -> None:
        """Make a refund that is stored, if it is still pending. Nothing is read while the circuit is open."""
        self.require_provider()
        stored = self.refunds.find(refund_id)
        if stored is not None:
            self._make(stored, correlation_id)

    def _make(self, stored: StoredRefund, correlation_id: str) -> StoredRefund:
        """The refund after the provider's answer. Raises TryAgain: then it is still pending."""
        refund = stored.refund
        if refund.status is not RefundStatus.PENDING:
            return stored
        self.require_provider()
        is_done = self.provider.refund(stored.token, refund.amount, refund.key(stored.token))
        status = RefundStatus.DONE if is_done else RefundStatus.FAILED
        return self.refunds.end(stored, status, self.now(), correlation_id)
