"""What happens to an order's money: facts in, the next call to the provider out. Pure.

    facts      what is known of the order, in whatever order it was heard: joining facts is commutative, and repeating
               one changes nothing
    call       what was begun with the provider; it is on the row before it is made, with its idempotency key, and
               stays there until its outcome is known
    status     HELD -> CAPTURED | VOIDED | FAILED; after that nothing happens any more

A delivered order is captured once its total is final, which it is when packaged; before that, what is held is lowered
to that total, and to any lower total that the order had on the way: totals fall, and never rise. An order that ended
otherwise is let go. When an order is said to have been delivered and to have ended, delivery counts, if it is known
before anything was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

_KEYS = UUID("0c1ed7f6-4a40-4b6b-9f2c-6b7f1f5d9e35")


class Status(StrEnum):
    HELD = "HELD"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    FAILED = "FAILED"


class Action(StrEnum):
    LOWER = "LOWER"
    CAPTURE = "CAPTURE"
    VOID = "VOID"


# --- what is known of the order ---


@dataclass(frozen=True, slots=True)
class Image:
    """What an order said of itself: one image of several, each of which may be older than the one before it. It was
    revised when it is not the order's first."""

    total: int | None
    packaged: str | None
    revised: bool = False
    sequence: int | None = None
    modified: str | None = None

    @property
    def is_final(self) -> bool:
        return self.packaged is not None

    @property
    def age(self) -> tuple[Any, ...]:
        """A later image is greater. A final one is later than all others; the rest settles what producers leave out."""
        return (
            self.is_final,
            self.revised,
            -1 if self.sequence is None else self.sequence,
            self.modified or "",
            -1 if self.total is None else self.total,
            self.packaged or "",
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What was heard about an order."""

    token: str | None = None
    image: Image | None = None
    delivered: bool = False
    ended: bool = False

    def joined(self, other: "Facts") -> "Facts":
        """All that both know. The order's payment token never changes."""
        images = [image for image in (self.image, other.image) if image is not None]
        return Facts(
            token=self.token or other.token,
            image=max(images, key=lambda image: image.age) if images else None,
            delivered=self.delivered or other.delivered,
            ended=self.ended or other.ended,
        )


def facts_of_order(order: Mapping[str, Any], sequence: int | None, *, revised: bool) -> Facts:
    """What an order's image tells; older producers leave out most of it."""
    image = Image(order.get("total"), order.get("packagedDate"), revised, sequence, order.get("modifiedDate"))
    return Facts(token=order.get("paymentToken"), image=image)


DELIVERED = Facts(delivered=True)
ENDED = Facts(ended=True)


# --- what is done with the provider ---


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the provider. The same order, action and amount always have the same idempotency key."""

    action: Action
    amount: int | None
    key: str


class Held(StrEnum):
    """What the provider's books call a payment."""

    HELD = "HELD"
    CAPTURED = "CAPTURED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Books:
    """The provider's ledger about one token."""

    status: Held
    authorised: int
    captured: int


class Result(StrEnum):
    LOWERED = "LOWERED"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call. The amount is None when nobody asked."""

    result: Result
    amount: int | None


@dataclass(frozen=True, slots=True)
class Payment:
    """The money of one order. `lowered` is what the provider was last told to hold, `refused` a total that it did not
    hold while that was not final; `amount` is what was captured, let go or not got in the end. A row written by hand
    may have a total of its own and no image."""

    order_id: str
    token: str
    status: Status = Status.HELD
    facts: Facts = Facts()
    total: int | None = None
    lowered: int | None = None
    refused: int | None = None
    call: Call | None = None
    amount: int | None = None

    @property
    def due(self) -> int | None:
        """What the order costs; None for a row written by hand without a total: then it is what is held."""
        return self.facts.image.total if self.facts.image else self.total

    @property
    def is_final(self) -> bool:
        """Whether the total can change no more. Nobody packages an order that was never announced."""
        return self.facts.image is None or self.facts.image.is_final


def noted(payment: Payment, facts: Facts) -> Payment:
    """The payment that knows these facts too, and what is to be done next; itself when nothing changes."""
    if payment.status is not Status.HELD:
        return payment
    known = payment.facts.joined(replace(facts, token=None))
    return _begun(payment if known == payment.facts else replace(payment, facts=known))


def settled(payment: Payment, call: Call, outcome: Outcome) -> Payment:
    """The payment after a call, and what is to be done next; itself when somebody else settled that call."""
    if payment.status is not Status.HELD or payment.call != call:
        return payment
    open_again = replace(payment, call=None)
    match outcome.result:
        case Result.LOWERED:
            return _begun(replace(open_again, lowered=outcome.amount))
        case Result.DECLINED if call.action is Action.LOWER and not payment.is_final:
            return _begun(replace(open_again, refused=call.amount))
        case Result.CAPTURED:
            return _ended(open_again, Status.CAPTURED, outcome.amount)
        case Result.RELEASED if call.action is Action.VOID:
            return _ended(open_again, Status.VOIDED, _first(payment.due, outcome.amount))
    return _ended(open_again, Status.FAILED, _first(payment.due, outcome.amount))


def told_by(call: Call, books: Books | None) -> Outcome:
    """The outcome of a call that the provider answered with no, from its books.

    A repeated call is refused because the first one was done; a void comes too late; a hold is over. A refusal of what
    could still be done is the provider's last word.
    """
    if books is None or books.status in (Held.CANCELLED, Held.EXPIRED):
        return Outcome(Result.RELEASED, books.authorised if books else None)
    if books.status is Held.CAPTURED:
        return Outcome(Result.CAPTURED, books.captured)
    if call.action is Action.LOWER and books.authorised == call.amount:
        return Outcome(Result.LOWERED, call.amount)
    return Outcome(Result.DECLINED, books.authorised)


def next_action(payment: Payment) -> Action | None:
    """What the facts demand of the provider now."""
    is_due = payment.facts.delivered and payment.is_final
    if payment.status is not Status.HELD:
        return None
    if payment.facts.ended and not is_due:
        return Action.VOID
    if _is_lower(payment):
        return Action.LOWER
    return Action.CAPTURE if is_due else None


def _is_lower(payment: Payment) -> bool:
    """Whether the provider holds another amount than it should, as far as we know."""
    image, due = payment.facts.image, payment.due
    if due is None or due == payment.lowered:
        return False
    if image is None:
        return payment.facts.delivered
    return image.is_final or (image.revised and due != payment.refused)


def _begun(payment: Payment) -> Payment:
    """One call at a time: with one under way, the next is decided when its outcome is known."""
    action = None if payment.call else next_action(payment)
    if action is None:
        return payment
    amount = None if action is Action.VOID else payment.due
    said = f"{payment.order_id} {payment.token} {action} {amount}"
    return replace(payment, call=Call(action, amount, str(uuid5(_KEYS, said))))


def _ended(payment: Payment, status: Status, amount: int | None) -> Payment:
    return replace(payment, status=status, amount=amount or 0)


def _first(*amounts: int | None) -> int | None:
    return next((amount for amount in amounts if amount is not None), None)
