"""What each service's table and the provider's ledger have about one order. Pure values.

A row may have been written manually, so everything but its key may be missing. An unknown time is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Order statuses.
NEW, PACKAGED, SHIPPED, FULFILLED = "NEW", "PACKAGED", "SHIPPED", "FULFILLED"
CANCELLED, PACKAGING_FAILED, DELIVERY_FAILED = "CANCELLED", "PACKAGING_FAILED", "DELIVERY_FAILED"
UNDER_WAY = frozenset((NEW, PACKAGED, SHIPPED))
ENDED_WELL = frozenset((FULFILLED,))
# Ended without a delivery: the shopper pays nothing.
ENDED_BADLY = frozenset((CANCELLED, PACKAGING_FAILED, DELIVERY_FAILED))

# Of payment rows. The provider's ledger has the first two as well, packaging requests HELD and FAILED.
HELD, CAPTURED, VOIDED, FAILED = "HELD", "CAPTURED", "VOIDED", "FAILED"
# The payment status of an order, until its payment ends.
AUTHORISED = "AUTHORISED"
# Of packaging requests, and but for LAPSED of deliveries. Both begin as NEW.
LAPSED, IN_PROGRESS, COMPLETED = "LAPSED", "IN_PROGRESS", "COMPLETED"
# Packaging requests with these have reserved units.
KEEPS_STOCK = frozenset((HELD, NEW, IN_PROGRESS))

# How the user id of a partner's order begins.
PARTNER = "partner:"


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
    reached: Mapping[str, datetime] = field(default_factory=dict)  # status -> when the order got it
    refunded: int = 0
    version: int | None = None
    image: Mapping[str, Any] = field(default_factory=dict)  # the stored item

    @property
    def user_id(self) -> str:
        return str(self.image.get("userId", ""))

    @property
    def channel(self) -> str:
        """The service that asked for the order; empty for a storefront."""
        return str(self.image.get("channel") or "")

    @property
    def partner(self) -> str:
        """The partner whose order it is; empty for an order of a shopper."""
        return self.user_id.removeprefix(PARTNER) if self.user_id.startswith(PARTNER) else ""

    @property
    def in_status_since(self) -> datetime | None:
        """When the order got its status; without an entry in the history, when it was modified last."""
        if self.status == NEW:
            return self.reached.get(NEW) or self.created_at
        return self.reached.get(self.status) or self.modified_at or self.created_at


@dataclass(frozen=True, slots=True)
class PartnerRequest:
    """A row of the table of partners' requests. `is_refused`: the last answer to the partner was a refusal."""

    order_id: str
    partner: str
    created_at: datetime | None
    is_refused: bool = False

    @property
    def user_id(self) -> str:
        return f"{PARTNER}{self.partner}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A row of the table of checkouts. `is_taken`: what was ordered has left the cart."""

    order_id: str
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """A row of the payment table. `amount` is known once the payment is settled. `changed_at` is the last change of the
    order that payment knows, since the row has no time of its own."""

    order_id: str
    status: str
    token: str | None
    amount: int | None = None
    changed_at: datetime | None = None
    refunded: int = 0
    refunded_at: datetime | None = None  # the last refund


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
    shipment: Mapping[str, str] = field(default_factory=dict)  # carrier and trackingNumber, once it started


@dataclass(frozen=True, slots=True)
class Stock:
    product_id: str
    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the provider's ledger has about one token."""

    status: str
    authorised: int
    captured: int
    refunded: int
    created_at: datetime | None = None

    @property
    def net(self) -> int:
        """What the shopper has paid and was not refunded."""
        return self.captured - self.refunded


@dataclass(frozen=True, slots=True)
class OrderRecords:
    """What all services have about one order id. `ledger` has the entries of the payment tokens that the provider was
    asked about and knows."""

    order_id: str
    order: Order | None = None
    payment: Payment | None = None
    request: Request | None = None
    delivery: Delivery | None = None
    ledger: Mapping[str, LedgerEntry] = field(default_factory=dict)

    @property
    def payment_entry(self) -> LedgerEntry | None:
        """The ledger entry under the token of the payment row."""
        return self.ledger.get(self.payment.token or "") if self.payment else None

    @property
    def tokens(self) -> frozenset[str]:
        """The payment tokens of the order and its payment row: one, if they agree."""
        known = (self.order.token if self.order else None, self.payment.token if self.payment else None)
        return frozenset(token for token in known if token)

    @property
    def delivered_at(self) -> datetime | None:
        """When the order was delivered, by the order or the delivery; None when it was not, or at an unknown time."""
        if self.order and self.order.status in ENDED_WELL:
            return self.order.in_status_since
        return self.delivery.changed_at if self.delivery and self.delivery.status == COMPLETED else None

    @property
    def is_delivered(self) -> bool:
        return bool(
            (self.order and self.order.status in ENDED_WELL) or (self.delivery and self.delivery.status == COMPLETED)
        )
