"""The changes of a payment. Pure: time and tokens are passed in, amounts are integers in minor units.

    HELD -> CAPTURED    the merchant captures the whole hold, once
    HELD -> CANCELLED   the merchant releases the hold
    HELD -> EXPIRED     neither happened in time; this follows from the clock and is never stored

A change returns the payment afterwards, or None when it is declined.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# For payments that were written by hand, without these times.
UNKNOWN_TIME = "1970-01-01T00:00:00.000Z"
NEVER = "9999-12-31T23:59:59.999Z"


class Status(StrEnum):
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Payment:
    """One hold, with its capture and refunds. Only the last four digits of the card are stored."""

    token: str
    status: Status
    authorised: int
    captured: int
    refunded: int
    last_four: str
    created_at: str
    expires_at: str


Change = Callable[[Payment], Payment | None]


def hold(token: str, card_number: str, amount: int, now: datetime, days: int) -> Payment:
    return Payment(
        token=token,
        status=Status.HELD,
        authorised=amount,
        captured=0,
        refunded=0,
        last_four=card_number[-4:],
        created_at=timestamp(now),
        expires_at=timestamp(now + timedelta(days=days)),
    )


def as_of(payment: Payment, now: datetime) -> Payment:
    """The payment at that moment: a hold whose time is over is EXPIRED."""
    if payment.status is Status.HELD and payment.expires_at <= timestamp(now):
        return replace(payment, status=Status.EXPIRED)
    return payment


def covers(payment: Payment, amount: int) -> bool:
    """Whether that much could be captured."""
    return payment.status is Status.HELD and amount <= payment.authorised


def capture(payment: Payment) -> Payment | None:
    """Capture the whole hold."""
    if payment.status is not Status.HELD:
        return None
    return replace(payment, status=Status.CAPTURED, captured=payment.authorised)


def cancel(payment: Payment) -> Payment | None:
    """Release the hold."""
    return replace(payment, status=Status.CANCELLED) if payment.status is Status.HELD else None


def decline(_payment: Payment) -> None:
    """Decline in any state."""


def lower(amount: int) -> Change:
    """Lower the hold; a higher amount is declined."""
    return lambda payment: replace(payment, authorised=amount) if covers(payment, amount) else None


def refund(amount: int) -> Change:
    """Refund a part of the capture; all refunds together are at most the captured amount."""

    def change(payment: Payment) -> Payment | None:
        left = payment.captured - payment.refunded
        if payment.status is not Status.CAPTURED or amount > left:
            return None
        return replace(payment, refunded=payment.refunded + amount)

    return change


def timestamp(moment: datetime) -> str:
    """UTC with milliseconds. Timestamps sort by time as texts."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
