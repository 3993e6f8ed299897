"""The kinds of disagreement, and what to do about each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    # money
    CHARGED_WITHOUT_ORDER = "CHARGED_WITHOUT_ORDER"
    CHARGED_TWICE = "CHARGED_TWICE"
    CHARGED_OTHER_AMOUNT = "CHARGED_OTHER_AMOUNT"
    CHARGED_NOT_DELIVERED = "CHARGED_NOT_DELIVERED"
    DELIVERED_NOT_CAPTURED = "DELIVERED_NOT_CAPTURED"
    HOLD_NOT_VOID = "HOLD_NOT_VOID"
    BOOKS_DIFFER = "BOOKS_DIFFER"
    REFUND_NOT_SHOWN = "REFUND_NOT_SHOWN"
    ORDER_WITHOUT_PAYMENT = "ORDER_WITHOUT_PAYMENT"
    PAYMENT_WITHOUT_ORDER = "PAYMENT_WITHOUT_ORDER"
    # goods
    ORDER_WITHOUT_STOCK = "ORDER_WITHOUT_STOCK"
    STOCK_NOT_BACK = "STOCK_NOT_BACK"
    RESERVATION_NOT_LAPSED = "RESERVATION_NOT_LAPSED"
    REQUEST_WITHOUT_ORDER = "REQUEST_WITHOUT_ORDER"
    STOCK_DOES_NOT_ADD_UP = "STOCK_DOES_NOT_ADD_UP"
    # carts
    CART_KEEPS_ORDERED = "CART_KEEPS_ORDERED"
    # partners
    PARTNER_ORDER_UNKNOWN = "PARTNER_ORDER_UNKNOWN"
    PARTNER_ORDER_DIFFERS = "PARTNER_ORDER_DIFFERS"
    # goods that come back
    STUCK_RETURN = "STUCK_RETURN"
    RETURN_NOT_PAID = "RETURN_NOT_PAID"
    RETURN_NOT_RESTOCKED = "RETURN_NOT_RESTOCKED"
    # progress
    NO_DELIVERY_OPENED = "NO_DELIVERY_OPENED"
    DELIVERY_WITHOUT_ORDER = "DELIVERY_WITHOUT_ORDER"
    STUCK_ORDER = "STUCK_ORDER"
    # notes: no error
    HOLD_WITHOUT_ORDER = "HOLD_WITHOUT_ORDER"
    PARTNER_REQUEST_UNANSWERED = "PARTNER_REQUEST_UNANSWERED"
    WAITING_FOR_STAFF = "WAITING_FOR_STAFF"


# Listed and counted, but no alarm and no failure: abandoned checkouts and requests, and work that waits for people.
NOTES = frozenset((Kind.HOLD_WITHOUT_ORDER, Kind.PARTNER_REQUEST_UNANSWERED, Kind.WAITING_FOR_STAFF))

# The alarms of operators tell these from the others.
MONEY = frozenset(
    (
        Kind.CHARGED_WITHOUT_ORDER,
        Kind.CHARGED_TWICE,
        Kind.CHARGED_OTHER_AMOUNT,
        Kind.CHARGED_NOT_DELIVERED,
        Kind.DELIVERED_NOT_CAPTURED,
        Kind.HOLD_NOT_VOID,
        Kind.BOOKS_DIFFER,
        Kind.REFUND_NOT_SHOWN,
        Kind.ORDER_WITHOUT_PAYMENT,
        Kind.PAYMENT_WITHOUT_ORDER,
        Kind.RETURN_NOT_PAID,
    )
)
STUCK = frozenset((Kind.STUCK_ORDER, Kind.STUCK_RETURN, Kind.NO_DELIVERY_OPENED))

WHAT_TO_DO: Mapping[Kind, str] = {
    Kind.CHARGED_WITHOUT_ORDER: "find out what was bought, or refund it at the provider",
    Kind.CHARGED_TWICE: "refund one of the two at the provider",
    Kind.CHARGED_OTHER_AMOUNT: "refund the difference at the provider; too little is the shop's loss",
    Kind.CHARGED_NOT_DELIVERED: "deliver it, or refund it at the provider",
    Kind.DELIVERED_NOT_CAPTURED: "the hold is gone: ask the shopper to pay again",
    Kind.HOLD_NOT_VOID: "cancel the payment at the provider",
    Kind.BOOKS_DIFFER: "the provider is right: find the write that made the payment row differ",
    Kind.REFUND_NOT_SHOWN: "redrive the dead letters of payment and orders: make redrive SERVICE=...",
    Kind.ORDER_WITHOUT_PAYMENT: "correct the order's row first: payment cannot read it",
    Kind.PAYMENT_WITHOUT_ORDER: "if the order was deleted, cancel the payment at the provider",
    Kind.ORDER_WITHOUT_STOCK: "it was packed without a request: count its products again (setStock)",
    Kind.STOCK_NOT_BACK: "compare the order with its packaging request, and count its products again (setStock)",
    Kind.RESERVATION_NOT_LAPSED: "see the log of the function `orders-every-minute-lapse`",
    Kind.REQUEST_WITHOUT_ORDER: "stop the packaging, unless the order belongs to another system",
    Kind.STOCK_DOES_NOT_ADD_UP: "find the write that changed only one, then correct `reserved` in the stock row",
    Kind.CART_KEEPS_ORDERED: "redrive the dead letters of cart: make redrive SERVICE=cart",
    Kind.PARTNER_ORDER_UNKNOWN: "find who deleted the request; the partner asks staff about this order from now on",
    Kind.PARTNER_ORDER_DIFFERS: "find the write that changed one of the two rows",
    Kind.PARTNER_REQUEST_UNANSWERED: "nothing: the same request makes the order, whenever the partner repeats it",
    Kind.STUCK_RETURN: "see how its execution ended, and let it go on: returns/README.md",
    Kind.RETURN_NOT_PAID: "refund it (refundOrder), and find the write that made the rows differ",
    Kind.RETURN_NOT_RESTOCKED: "see whether its execution still retries (returns/README.md), else count its products",
    Kind.NO_DELIVERY_OPENED: "redrive the dead letters of delivery: make redrive SERVICE=delivery",
    Kind.DELIVERY_WITHOUT_ORDER: "stop the delivery, unless the order belongs to another system",
    Kind.STUCK_ORDER: "redrive the dead letters of the services named: make redrive SERVICE=...",
    Kind.HOLD_WITHOUT_ORDER: "nothing: it expires at the provider",
    Kind.WAITING_FOR_STAFF: "remind the staff who pack, deliver, decide returns or handle declined payments",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `repair_events` names the events that repair it when they are published again. Without any, a
    person repairs it, as `what_to_do` says."""

    kind: Kind
    ids: Mapping[str, str]  # what it is about: orderId, returnId, productId, hold (never a payment token)
    actual: str
    expected: str
    since: datetime | None  # None: unknown
    repair_events: tuple[str, ...] = ()

    @property
    def is_note(self) -> bool:
        return self.kind in NOTES

    @property
    def what_to_do(self) -> str:
        if self.repair_events:
            return f"publish {' and '.join(self.repair_events)} again: `make reconcile REPAIR=1` does it"
        return WHAT_TO_DO[self.kind]

    @property
    def order_id(self) -> str | None:
        return self.ids.get("orderId")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a change may be under way before a disagreement counts, and how long a note is repeated."""

    in_flight: timedelta = timedelta(minutes=10)  # between services
    money: timedelta = timedelta(hours=1)  # at the provider, which may be unavailable
    stuck: timedelta = timedelta(hours=1)  # an order that makes no progress and waits for no person
    staff: timedelta = timedelta(hours=24)  # work of people
    # A partner's request without an order is a note until it is as old. By then the hold of its payment has expired.
    unanswered: timedelta = timedelta(days=30)

    @classmethod
    def of(cls, older_than: timedelta) -> "Limits":
        """One limit for everything but the work of people."""
        return cls(older_than, older_than, older_than)
