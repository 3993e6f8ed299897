"""What each service's table and the payment provider's books say about one order. Pure values.

Anybody may have put a row by hand, so everything but a key may be missing; a moment that is not known is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Order statuses, by what they mean for the others.
NEW, PACKAGED, SHIPPED, FULFILLED = "NEW", "PACKAGED", "SHIPPED", "FULFILLED"
CANCELLED, PACKAGING_FAILED, DELIVERY_FAILED = "CANCELLED", "PACKAGING_FAILED", "DELIVERY_FAILED"
UNDER_WAY = frozenset((NEW, PACKAGED, SHIPPED))
ENDED_WELL = frozenset((FULFILLED,))
# The shopper gets nothing, and owes nothing.
ENDED_BADLY = frozenset((CANCELLED, PACKAGING_FAILED, DELIVERY_FAILED))

# Payment rows, the provider's books, packaging requests, deliveries.
HELD, CAPTURED, VOIDED, FAILED = "HELD", "CAPTURED", "VOIDED", "FAILED"
AUTHORISED = "AUTHORISED"
LAPSED, IN_PROGRESS, COMPLETED = "LAPSED", "IN_PROGRESS", "COMPLETED"
KEEPS_STOCK = frozenset((HELD, NEW, IN_PROGRESS))


@dataclass(frozen=True, slots=True)
class Order:
    order_id: str
    status: str
    payment_status: str
    token: str | None
    total: int | None
    created_at: datetime | None
    modified_at: datetime | None
    packaged_at: datetime | None
    moves: Mapping[str, datetime] = field(default_factory=dict)  # status -> since when
    version: int | None = None
    image: Mapping[str, Any] = field(default_factory=dict)  # as the orders table has it

    @property
    def in_status_since(self) -> datetime | None:
        """Since when it stands where it stands; a modification that nobody explains counts."""
        if self.status == NEW:
            return self.moves.get(NEW) or self.created_at
        return self.moves.get(self.status) or self.modified_at or self.created_at


@dataclass(frozen=True, slots=True)
class Payment:
    """A row of the payment table. `amount` is what became of the money once that is settled; when that was, the row
    does not say: `changed_at` is the order's last change that payment has heard of."""

    order_id: str
    status: str
    token: str | None
    amount: int | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    product_id: str
    quantity: int
    packaged: int
    tracked: bool


@dataclass(frozen=True, slots=True)
class Request:
    """An order's reservation or packaging request in the warehouse."""

    order_id: str
    status: str
    lines: tuple[Line, ...] = ()
    since: datetime | None = None
    expires_at: datetime | None = None
    delivery_failed: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    order_id: str
    status: str
    changed_at: datetime | None = None
    address: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    product_id: str
    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the payment provider's books say about one token."""

    status: str
    authorised: int
    captured: int
    refunded: int
    created_at: datetime | None = None

    @property
    def reserved(self) -> int:
        """What the shopper has paid and not got back."""
        return self.captured - self.refunded


@dataclass(frozen=True, slots=True)
class OrderRecords:
    """All that is known about one order id. `ledger`: by payment token, of those tokens that the provider was asked
    about; a token that it does not know is missing, like one that it was not asked about."""

    order_id: str
    order: Order | None = None
    payment: Payment | None = None
    request: Request | None = None
    delivery: Delivery | None = None
    ledger: Mapping[str, LedgerEntry] = field(default_factory=dict)

    @property
    def tokens(self) -> frozenset[str]:
        """The payment tokens that this order has to do with: one, if all is well."""
        known = (self.order.token if self.order else None, self.payment.token if self.payment else None)
        return frozenset(token for token in known if token)

    @property
    def delivered_at(self) -> datetime | None:
        """Since when somebody says that the shopper has the package; None when nobody says it, or not when."""
        if self.order and self.order.status in ENDED_WELL:
            return self.order.in_status_since
        return self.delivery.changed_at if self.delivery and self.delivery.status == COMPLETED else None

    @property
    def is_delivered(self) -> bool:
        return bool(
            (self.order and self.order.status in ENDED_WELL) or (self.delivery and self.delivery.status == COMPLETED)
        )
