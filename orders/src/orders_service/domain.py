"""An order, its legal transitions, and its total. Pure.

An order that was written manually may lack everything but its id. A missing value is None and stays missing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ecom.times import timestamp
from orders_service.errors import StaleEvent, TooLate


class Status(StrEnum):
    NEW = "NEW"
    PACKAGED = "PACKAGED"
    SHIPPED = "SHIPPED"
    FULFILLED = "FULFILLED"
    PACKAGING_FAILED = "PACKAGING_FAILED"
    CANCELLED = "CANCELLED"
    DELIVERY_FAILED = "DELIVERY_FAILED"


class PaymentStatus(StrEnum):
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    FAILED = "FAILED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


# Events overtake each other: a delivery event changes an order whose package is not known yet. So if A leads to B and B
# to C, A also leads to C. An event to a status that is not listed here is stale. A status without a line of its own is
# an end: no event leads from it to another status.
TRANSITIONS: Mapping[str, frozenset[Status]] = {
    **dict.fromkeys(Status, frozenset[Status]()),
    Status.NEW: frozenset(Status) - {Status.NEW},
    Status.PACKAGED: frozenset((Status.SHIPPED, Status.FULFILLED, Status.DELIVERY_FAILED)),
    Status.SHIPPED: frozenset((Status.FULFILLED, Status.DELIVERY_FAILED)),
}
PAYMENT_TRANSITIONS: Mapping[str, frozenset[PaymentStatus]] = {
    **dict.fromkeys(PaymentStatus, frozenset[PaymentStatus]()),
    PaymentStatus.AUTHORISED: frozenset(PaymentStatus) - {PaymentStatus.AUTHORISED},
    PaymentStatus.CAPTURED: frozenset((PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)),
    PaymentStatus.PARTIALLY_REFUNDED: frozenset((PaymentStatus.REFUNDED,)),
}

# Groups of staff who may follow any order, and who may cancel one of another user.
FOLLOWERS = frozenset(("admin", "warehouse", "delivery"))
CANCELLERS = frozenset(("admin", "warehouse"))
READERS = frozenset(("admin",))


@dataclass(frozen=True, slots=True)
class Line:
    product_id: str
    name: str | None = None
    package: Mapping[str, Any] | None = None
    price: int | None = None
    quantity: int | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def units(self) -> int:
        return 1 if self.quantity is None else self.quantity


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    at: str | None = None
    status: str | None = None
    cause: str | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """`unknown` holds the attributes of the stored item that this type does not have. Every write keeps them."""

    order_id: str
    user_id: str | None = None
    created_date: str | None = None
    modified_date: str | None = None
    packaged_date: str | None = None  # lines and total are final once it is set
    status: Status | str | None = None  # a text that is no Status has no transitions
    payment_status: PaymentStatus | str | None = None
    lines: tuple[Line, ...] | None = None
    address: Mapping[str, Any] | None = None
    shipment: Mapping[str, Any] | None = None
    delivery_price: int | None = None
    total: int | None = None
    currency: str | None = None
    channel: str | None = None  # the service that asked for it; None is a storefront
    refunded: int | None = None  # paid back so far
    payment_token: str | None = None
    history: tuple[HistoryEntry, ...] | None = None
    # Attributes that are neither published nor returned by any API:
    content_hash: str | None = None
    refunds: Mapping[str, int] | None = None  # amounts by refund id; by event id of older producers
    captured: int | None = None  # by the events of refunds
    version: int | None = None
    correlation_id: str | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def current_status(self) -> str:
        return self.status or Status.NEW

    @property
    def current_payment_status(self) -> str:
        return self.payment_status or PaymentStatus.AUTHORISED


def units_of(lines: Iterable[Line]) -> Counter[str]:
    """Units by product."""
    units: Counter[str] = Counter()
    for line in lines:
        units[line.product_id] += line.units
    return units


def total_of(lines: Iterable[Line], delivery_price: int) -> int:
    """The total of lines that all have a price."""
    return sum((line.price or 0) * line.units for line in lines) + delivery_price


def modified_at(order: Order, now: datetime) -> str:
    """The time of a change: never before the last one, even when the clocks of two functions differ.

    Clients that follow an order drop an update that is older than the one they have.
    """
    at, last = timestamp(now), order.modified_date
    return last if last is not None and len(last) == len(at) and last > at else at


def transition(order: Order, status: Status, cause: str, now: datetime) -> Order:
    """The order with the status and the cause in its history; the same object when it has the status already.

    Raises StaleEvent when the transition is not legal.
    """
    current = order.current_status
    if current == status:
        return order
    if status not in TRANSITIONS.get(current, ()):
        raise StaleEvent(f"{cause}: no transition from {current[:50]} to {status}")
    at = modified_at(order, now)
    history = (*(order.history or ()), HistoryEntry(at, status, cause))
    return replace(order, status=status, modified_date=at, history=history)


def payment_transition(order: Order, status: PaymentStatus, cause: str) -> Order:
    """The order with the payment status; the same object when it has it already. Raises StaleEvent."""
    if order.payment_status == status:
        return order
    current = order.current_payment_status
    if status not in PAYMENT_TRANSITIONS.get(current, ()):
        raise StaleEvent(f"{cause}: no transition from {current[:50]} to {status}")
    return replace(order, payment_status=status)


def cancel(order: Order, cause: str, now: datetime) -> Order:
    """The cancelled order; the same object when it is cancelled already. Raises TooLate."""
    try:
        return transition(order, Status.CANCELLED, cause, now)
    except StaleEvent:
        raise TooLate(order.current_status) from None


def belongs_to(owner: str | None, user_id: str | None) -> bool:
    """Whether the user owns what `owner` owns. A caller who is not signed in owns nothing."""
    return user_id is not None and owner == user_id
