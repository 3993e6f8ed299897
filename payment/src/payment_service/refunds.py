"""The rules of refunds: how much may be paid back, and when. Pure.

    PENDING -> DONE | FAILED

A refund is stored as PENDING, with its amount taken from what is left, before the provider is asked. So refunds that
are under way count against the limit. A declined refund gives its amount back. The idempotency key follows from what is
stored, so a repeat has the same one.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from payment_service.domain import Payment, Status
from payment_service.errors import (
    CapturePending,
    MoreThanCaptured,
    NoSuchPayment,
    NotCaptured,
    OtherContent,
    RefundsPending,
)

_KEYS = UUID("5d1f4a1c-8f0f-4b57-9d0b-6a3f5c1b7e21")


class RefundStatus(StrEnum):
    PENDING = "PENDING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. With `at_most` the amount is cut to what is left. `reason` is a text of staff."""

    refund_id: str
    order_id: str
    amount: int
    at_most: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """`amount` is what the provider is asked to pay back."""

    request: Request
    amount: int
    status: RefundStatus = RefundStatus.PENDING

    def key(self, token: str) -> str:
        """The same refund always has the same idempotency key."""
        return str(uuid5(_KEYS, f"{self.request.refund_id} {token} {self.amount}"))


@dataclass(frozen=True, slots=True)
class Balance:
    """Of a payment: what was captured, what was paid back, and what refunds under way will pay back."""

    captured: int
    refunded: int = 0
    pending: int = 0

    @property
    def left(self) -> int:
        return max(0, self.captured - self.refunded - self.pending)


def new_refund(request: Request, payment: Payment | None, balance: Balance) -> Refund:
    """The refund to store; what is cut to nothing is done. Raises NoSuchPayment, NotCaptured, CapturePending,
    RefundsPending or MoreThanCaptured."""
    if payment is None:
        raise NoSuchPayment
    if payment.status in (Status.VOIDED, Status.FAILED):
        raise NotCaptured("nothing was captured for this order")
    if payment.status is Status.HELD:
        raise CapturePending("the payment of this order is not captured yet")
    if request.at_most and balance.left < request.amount and balance.pending:
        raise RefundsPending("refunds under way decide how much is left")
    amount = min(request.amount, balance.left) if request.at_most else request.amount
    if amount > balance.left:
        raise MoreThanCaptured(f"{balance.left} of {balance.captured} are left, not {request.amount}")
    return Refund(request, amount, RefundStatus.PENDING if amount else RefundStatus.DONE)


def require_same_request(stored: Refund, request: Request) -> None:
    """Raises OtherContent unless the request is the one that made the stored refund."""
    if stored.request != request:
        raise OtherContent("this refund id was used for another order, amount or reason; use a new one")
