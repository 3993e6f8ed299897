"""What can be wrong, and what is to be done about each. Pure."""

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
    ORDER_WITHOUT_PAYMENT = "ORDER_WITHOUT_PAYMENT"
    PAYMENT_WITHOUT_ORDER = "PAYMENT_WITHOUT_ORDER"
    # goods
    ORDER_WITHOUT_STOCK = "ORDER_WITHOUT_STOCK"
    STOCK_NOT_BACK = "STOCK_NOT_BACK"
    RESERVATION_NOT_LAPSED = "RESERVATION_NOT_LAPSED"
    REQUEST_WITHOUT_ORDER = "REQUEST_WITHOUT_ORDER"
    STOCK_DOES_NOT_ADD_UP = "STOCK_DOES_NOT_ADD_UP"
    # progress
    NO_DELIVERY_OPENED = "NO_DELIVERY_OPENED"
    DELIVERY_WITHOUT_ORDER = "DELIVERY_WITHOUT_ORDER"
    STUCK_ORDER = "STUCK_ORDER"
    # worth knowing, and nobody's fault
    HOLD_WITHOUT_ORDER = "HOLD_WITHOUT_ORDER"
    WAITING_FOR_STAFF = "WAITING_FOR_STAFF"


# Listed and counted, but neither alarming nor a reason to fail: abandoned checkouts, and people's own pace.
NOTES = frozenset((Kind.HOLD_WITHOUT_ORDER, Kind.WAITING_FOR_STAFF))

WHAT_TO_DO: Mapping[Kind, str] = {
    Kind.CHARGED_WITHOUT_ORDER: "find out what was bought, or refund it at the provider",
    Kind.CHARGED_TWICE: "refund one of the two at the provider",
    Kind.CHARGED_OTHER_AMOUNT: "refund the difference at the provider; too little is the shop's loss",
    Kind.CHARGED_NOT_DELIVERED: "deliver it, or refund it at the provider",
    Kind.DELIVERED_NOT_CAPTURED: "the hold is gone: ask the shopper to pay again",
    Kind.HOLD_NOT_VOID: "cancel the payment at the provider",
    Kind.BOOKS_DIFFER: "believe the provider, and find out how the payment row came to say otherwise",
    Kind.ORDER_WITHOUT_PAYMENT: "repair_events the order's row first: payment takes no such order",
    Kind.PAYMENT_WITHOUT_ORDER: "look whether the order was deleted; if so, cancel the payment at the provider",
    Kind.ORDER_WITHOUT_STOCK: "it left without the warehouse's knowledge: count its products anew (setStock)",
    Kind.STOCK_NOT_BACK: "look at the order and its request together, and count its products anew (setStock)",
    Kind.RESERVATION_NOT_LAPSED: "see why the function `warehouse-every-minute-lapse` does not run: its alarm, its log",
    Kind.REQUEST_WITHOUT_ORDER: "tell the warehouse not to send it, unless the order lives in another system",
    Kind.STOCK_DOES_NOT_ADD_UP: "find the write that moved one without the other, then correct `reserved` in the row",
    Kind.NO_DELIVERY_OPENED: "see the dead letters of delivery: make redrive SERVICE=delivery",
    Kind.DELIVERY_WITHOUT_ORDER: "tell the drivers to bring it back, unless the order lives in another system",
    Kind.STUCK_ORDER: "see the dead letters of its services: make redrive SERVICE=...",
    Kind.HOLD_WITHOUT_ORDER: "nothing: it expires at the provider",
    Kind.WAITING_FOR_STAFF: "remind those who pack and deliver, or who answer declined payments",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement. `repair_events` names the events that repair it when they are published again. Without any, a
    person repairs it, as `what_to_do` says."""

    kind: Kind
    ids: Mapping[str, str]  # what it is about: orderId, productId, hold (never a payment token)
    actual: str
    expected: str
    since: datetime | None  # None: nobody knows
    repair_events: tuple[str, ...] = ()

    @property
    def is_note(self) -> bool:
        return self.kind in NOTES

    @property
    def what_to_do(self) -> str:
        if self.repair_events:
            return f"publish {' and '.join(self.repair_events)} again: --repair does it"
        return WHAT_TO_DO[self.kind]

    @property
    def order_id(self) -> str | None:
        return self.ids.get("orderId")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long something may be under way before it is judged."""

    in_flight: timedelta = timedelta(minutes=10)  # between services
    money: timedelta = timedelta(hours=1)  # at the provider, which may be down for a while
    stuck: timedelta = timedelta(hours=1)  # an order that nobody moves and that waits for no person
    staff: timedelta = timedelta(hours=24)  # people's own pace

    @classmethod
    def of(cls, older_than: timedelta) -> "Limits":
        """The same patience with all that machines do."""
        return cls(older_than, older_than, older_than)
