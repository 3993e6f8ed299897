"""The rules of an order's payment: events in, the next call to the provider out. Pure.

    progress   the content of the order's events so far. Merging is commutative, and a repeated event changes nothing
    call       the call to the provider that is under way. It is stored with its idempotency key before it is made, and
               stays stored until its outcome is known
    status     HELD -> CAPTURED | VOIDED | FAILED; after that nothing changes any more

A delivered order is captured once its total is final, which it is when the order is packaged. Before the capture the
hold is lowered to that total, and also to any lower total in between: totals only fall. The hold of an order that ended
in another way is voided. The hold of an order that was both delivered and ended is captured if the total is final
before a void is under way.
"""

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


# --- the order's progress ---


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """The order as one event carried it. Events come in any order, so it may be older than the one before.

    `revised` is true for every snapshot but the order's first.
    """

    total: int | None
    packaged_date: str | None
    revised: bool = False
    sequence: int | None = None
    modified_date: str | None = None

    @property
    def total_is_final(self) -> bool:
        return self.packaged_date is not None

    @property
    def recency(self) -> tuple[Any, ...]:
        """Greater for a newer snapshot. One with a final total is newer than all others; the last fields are a
        tie-break for events of older producers, which have no sequence."""
        return (
            self.total_is_final,
            self.revised,
            -1 if self.sequence is None else self.sequence,
            self.modified_date or "",
            -1 if self.total is None else self.total,
            self.packaged_date or "",
        )


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """The content of the order's events so far.

    `token`     only in progress from an event of the order itself: a Payment has it in a field of its own
    `ended`     the order was deleted or cancelled, or its packaging or delivery failed
    `currency`  that of the order's amounts; None until an event has one
    """

    token: str | None = None
    snapshot: OrderSnapshot | None = None
    delivered: bool = False
    ended: bool = False
    currency: str | None = None

    def merged(self, other: "OrderProgress") -> "OrderProgress":
        """The merged progress. The order's payment token and its currency never change."""
        snapshots = [snapshot for snapshot in (self.snapshot, other.snapshot) if snapshot is not None]
        return OrderProgress(
            token=self.token or other.token,
            snapshot=max(snapshots, key=lambda snapshot: snapshot.recency, default=None),
            delivered=self.delivered or other.delivered,
            ended=self.ended or other.ended,
            currency=self.currency or other.currency,
        )


DELIVERED = OrderProgress(delivered=True)
ENDED = OrderProgress(ended=True)


# --- calls to the provider ---


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the provider. The same order, action and amount always have the same idempotency key."""

    action: Action
    amount: int | None
    key: str


class LedgerStatus(StrEnum):
    """The status of a payment in the provider's ledger."""

    HELD = "HELD"
    CAPTURED = "CAPTURED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The provider's ledger entry of one token."""

    status: LedgerStatus
    authorised: int
    captured: int


class Result(StrEnum):
    LOWERED = "LOWERED"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call. The amount is None when the ledger has no entry."""

    result: Result
    amount: int | None


@dataclass(frozen=True, slots=True)
class Payment:
    """The payment of one order.

    `lowered`  the hold that the provider confirmed last
    `refused`  a total that the provider declined to hold while it was not final
    `amount`   of a payment that is not HELD any more. CAPTURED: what was captured. VOIDED or FAILED: the order's total,
               or what the ledger has if no total is known
    `total`    of a row that was written manually and has no snapshot
    """

    order_id: str
    token: str
    status: Status = Status.HELD
    progress: OrderProgress = OrderProgress()
    total: int | None = None
    lowered: int | None = None
    refused: int | None = None
    call: Call | None = None
    amount: int | None = None

    @property
    def due(self) -> int | None:
        """What the order costs. None for a row written manually without a total: then the complete hold is due."""
        return self.progress.snapshot.total if self.progress.snapshot else self.total

    @property
    def total_is_final(self) -> bool:
        """Whether the total cannot change any more. A row without a snapshot has no order that could be packaged."""
        return self.progress.snapshot is None or self.progress.snapshot.total_is_final


def with_progress(payment: Payment, progress: OrderProgress) -> Payment:
    """The payment with the progress merged in, and its next call. The same object when nothing changes."""
    if payment.status is not Status.HELD:
        return payment
    merged = payment.progress.merged(replace(progress, token=None))
    return _with_next_call(payment if merged == payment.progress else replace(payment, progress=merged))


def after_call(payment: Payment, call: Call, outcome: Outcome) -> Payment:
    """The payment after the call, and its next call. The same object when the call is not under way any more."""
    if payment.status is not Status.HELD or payment.call != call:
        return payment
    idle = replace(payment, call=None)
    match outcome.result:
        case Result.LOWERED:
            return _with_next_call(replace(idle, lowered=outcome.amount))
        case Result.DECLINED if call.action is Action.LOWER and not payment.total_is_final:
            return _with_next_call(replace(idle, refused=call.amount))
        case Result.CAPTURED:
            return _closed(idle, Status.CAPTURED, outcome.amount)
        case Result.RELEASED if call.action is Action.VOID:
            return _closed(idle, Status.VOIDED, _first(payment.due, outcome.amount))
    # DECLINED, or the hold was gone before it could be captured or lowered.
    return _closed(idle, Status.FAILED, _first(payment.due, outcome.amount))


def outcome_from_ledger(call: Call, entry: LedgerEntry | None) -> Outcome:
    """The outcome of a call that the provider declined, decided from its ledger entry.

    The provider also declines a call that has taken effect already, a void after the capture, and any call after the
    hold ended. When the ledger shows none of these, the outcome is DECLINED.
    """
    if entry is None or entry.status in (LedgerStatus.CANCELLED, LedgerStatus.EXPIRED):
        return Outcome(Result.RELEASED, entry.authorised if entry else None)
    if entry.status is LedgerStatus.CAPTURED:
        return Outcome(Result.CAPTURED, entry.captured)
    if call.action is Action.LOWER and entry.authorised == call.amount:
        return Outcome(Result.LOWERED, call.amount)
    return Outcome(Result.DECLINED, entry.authorised)


def next_action(payment: Payment) -> Action | None:
    """The action that the progress calls for."""
    capture_due = payment.progress.delivered and payment.total_is_final
    if payment.status is not Status.HELD:
        return None
    if payment.progress.ended and not capture_due:
        return Action.VOID
    if _must_lower(payment):
        return Action.LOWER
    return Action.CAPTURE if capture_due else None


def _must_lower(payment: Payment) -> bool:
    """Whether the provider may hold another amount than the total."""
    snapshot, due = payment.progress.snapshot, payment.due
    if due is None or due == payment.lowered:
        return False
    if snapshot is None:
        return payment.progress.delivered
    return snapshot.total_is_final or (snapshot.revised and due != payment.refused)


def _with_next_call(payment: Payment) -> Payment:
    """One call at a time: while one is under way, the next is decided after its outcome."""
    action = None if payment.call else next_action(payment)
    if action is None:
        return payment
    amount = None if action is Action.VOID else payment.due
    request = f"{payment.order_id} {payment.token} {action} {amount}"
    return replace(payment, call=Call(action, amount, str(uuid5(_KEYS, request))))


def _closed(payment: Payment, status: Status, amount: int | None) -> Payment:
    return replace(payment, status=status, amount=amount or 0)


def _first(*amounts: int | None) -> int | None:
    return next((amount for amount in amounts if amount is not None), None)
