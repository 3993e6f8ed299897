"""Refunds: stored, then made at the provider, then ended.

Guarantees: the refund and its idempotency key are stored before the provider is asked. If a function stops midway, or
the provider gives no answer, the refund stays PENDING: the message about it in the queue repeats the call with the same
key. Two functions at the same moment make the same call, which takes effect once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from payment_service.provider import Provider
from payment_service.refund_repository import Refunds, StoredRefund
from payment_service.refunds import RefundStatus, Request, new_refund, same_refund


@dataclass(frozen=True, slots=True)
class Refunding:
    refunds: Refunds
    provider: Provider
    now: Callable[[], str]

    def store(self, request: Request, correlation_id: str) -> StoredRefund:
        """The stored refund of the request. Raises NotRefunded, CapturePending or OtherContent."""
        stored = self.refunds.find(request.refund_id)
        if stored is None:
            stored = self.refunds.store(
                request,
                lambda payment, balance: new_refund(request, payment, balance),
                self.now(),
                correlation_id,
            )
        same_refund(stored.refund, request)
        return stored

    def make(self, stored: StoredRefund, correlation_id: str) -> StoredRefund:
        """The refund after the provider's answer. Raises ProviderUnavailable: then it is still pending."""
        if stored.refund.status is not RefundStatus.PENDING:
            return stored
        refund = stored.refund
        is_done = self.provider.refund(stored.token, refund.amount, refund.key(stored.token))
        status = RefundStatus.DONE if is_done else RefundStatus.FAILED
        return self.refunds.end(stored, status, self.now(), correlation_id)

    def finish(self, refund_id: str, correlation_id: str) -> None:
        """Make a refund that is stored, if it is still pending."""
        stored = self.refunds.find(refund_id)
        if stored is not None:
            self.make(stored, correlation_id)
