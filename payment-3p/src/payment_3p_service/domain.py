"""What may happen to a payment. Pure: time and tokens are passed in, amounts are whole minor units.

    HELD -> CAPTURED    the merchant takes what is held, once
    HELD -> CANCELLED   the merchant lets go of it
    HELD -> EXPIRED     nobody did either in time; this follows from the clock, and is never stored

A move answers the payment as it is afterwards, or None when it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Payment:
    """One hold and what became of it. Of the card no more than four digits is ever kept."""

    token: str
    status: Status
    authorised: int
    captured: int
    refunded: int
    last_four: str
    created_at: str
    expires_at: str


Move = Callable[[Payment], Payment | None]


def hold(token: str, card_number: str, amount: int, now: datetime, days: int) -> Payment:
    return Payment(
        token=token,
        status=Status.HELD,
        authorised=amount,
        captured=0,
        refunded=0,
        last_four=card_number[-4:],
        created_at=written(now),
        expires_at=written(now + timedelta(days=days)),
    )


def as_of(payment: Payment, now: datetime) -> Payment:
    """The payment as it is at that moment: a hold that is over holds nothing."""
    if payment.status is Status.HELD and payment.expires_at <= written(now):
        return replace(payment, status=Status.EXPIRED)
    return payment


def covers(payment: Payment, amount: int) -> bool:
    """Whether that much could be captured."""
    return payment.status is Status.HELD and amount <= payment.authorised


def capture() -> Move:
    """Take all that is held."""

    def move(payment: Payment) -> Payment | None:
        if payment.status is not Status.HELD:
            return None
        return replace(payment, status=Status.CAPTURED, captured=payment.authorised)

    return move


def cancel() -> Move:
    def move(payment: Payment) -> Payment | None:
        return replace(payment, status=Status.CANCELLED) if payment.status is Status.HELD else None

    return move


def decline() -> Move:
    """Say no, whatever is held."""
    return lambda _: None


def lower(amount: int) -> Move:
    """Hold less from now on; never more."""

    def move(payment: Payment) -> Payment | None:
        return replace(payment, authorised=amount) if covers(payment, amount) else None

    return move


def refund(amount: int) -> Move:
    """Give back some of what was captured; all refunds together are at most that."""

    def move(payment: Payment) -> Payment | None:
        left = payment.captured - payment.refunded
        if payment.status is not Status.CAPTURED or amount > left:
            return None
        return replace(payment, refunded=payment.refunded + amount)

    return move


def written(moment: datetime) -> str:
    """UTC with milliseconds; texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
