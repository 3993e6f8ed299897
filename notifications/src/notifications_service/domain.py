"""Which mail an event causes, and which attempt may send it. Pure.

There is one mail for each order, or return, and kind. Its row goes (none) -> CLAIMED -> SENT | UNKNOWN. A claim is
deleted when the mail was certainly not sent. UNKNOWN becomes CLAIMED again only after an operator decided so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from ecom.contracts.orders import OrderCreated, OrderModified
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent

# Longer than a function runs: after it, the function that wrote a claim has ended.
CLAIM_LIFETIME = timedelta(minutes=2)
# Longer than an event can be delivered again: dead letters are kept for 14 days, the archive keeps events for 30.
KEEP = timedelta(days=90)


class Kind(StrEnum):
    ACCEPTED = "accepted"
    PACKAGED = "packaged"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETURN_APPROVED = "return_approved"
    RETURN_REFUSED = "return_refused"
    RETURN_REFUNDED = "return_refunded"


# Order status -> kind of mail, and the name of its text.
MAIL_OF_STATUS: Mapping[str, tuple[Kind, str]] = {
    "PACKAGED": (Kind.PACKAGED, "packaged"),
    "SHIPPED": (Kind.SHIPPED, "shipped"),
    "FULFILLED": (Kind.DELIVERED, "delivered"),
    "PACKAGING_FAILED": (Kind.FAILED, "packaging_failed"),
    "DELIVERY_FAILED": (Kind.FAILED, "delivery_failed"),
    "CANCELLED": (Kind.CANCELLED, "cancelled"),
}


# Event of a return -> kind of mail. The text has the same name.
MAIL_OF_RETURN: Mapping[str, Kind] = {
    "ReturnApproved": Kind.RETURN_APPROVED,
    "ReturnRefused": Kind.RETURN_REFUSED,
    "ReturnRefunded": Kind.RETURN_REFUNDED,
}


@dataclass(frozen=True, slots=True)
class OrderMail:
    """A mail to send: its kind, the name of its text, the order, and when the order changed.

    A mail about a return of the order has the return's id, and what the text says about it.
    """

    kind: Kind
    text: str
    order: Mapping[str, Any]
    at: datetime
    return_id: str = ""
    reason: str = ""
    refund: int | None = None

    @property
    def order_id(self) -> str:
        return str(self.order["orderId"])

    @property
    def row_id(self) -> str:
        """What there is one mail of each kind for."""
        return self.return_id or self.order_id

    @property
    def user_id(self) -> str | None:
        """The owner of the order; None when an older producer left it out."""
        user_id = self.order.get("userId")
        return user_id if isinstance(user_id, str) and user_id else None


def mail_of_new_order(event: IncomingEvent[OrderCreated]) -> OrderMail:
    return OrderMail(Kind.ACCEPTED, "accepted", event.detail, _moment(event.detail.get("createdDate"), event.time))


def mail_of_changed_order(event: IncomingEvent[OrderModified]) -> OrderMail:
    """Raises InvalidEvent for a change that causes no mail, which the rule should not have matched."""
    order = event.detail["new"]
    if "status" not in event.detail["changed"] or order.get("status") not in MAIL_OF_STATUS:
        raise InvalidEvent("OrderModified without a new status that has a mail: correct the rule")
    kind, text = MAIL_OF_STATUS[order["status"]]
    return OrderMail(kind, text, order, _changed_at(order, event.time))


def mail_of_return(event: IncomingEvent[Any]) -> OrderMail:
    kind = MAIL_OF_RETURN[event.detail_type]
    detail = event.detail
    order = {name: detail[name] for name in ("orderId", "userId", "currency") if name in detail}
    return OrderMail(
        kind, kind.value, order, event.time, detail["returnId"], detail.get("reason", ""), detail.get("refund")
    )


def _changed_at(order: Mapping[str, Any], default: datetime) -> datetime:
    """When the order got its status, from its history."""
    for entry in reversed(order.get("history") or []):
        if entry.get("status") == order["status"]:
            return _moment(entry.get("at"), default)
    return _moment(order.get("modifiedDate"), default)


def _moment(text: Any, default: datetime) -> datetime:
    """The moment in the text, else the default: older producers leave it out or write other things."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else default
    except (TypeError, ValueError, OverflowError):
        return default


class State(StrEnum):
    CLAIMED = "CLAIMED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class MailRow:
    """The state of a mail, and since when. `claim` identifies the attempt that wrote the row. `order_id` is the id of a
    return in a mail about it."""

    order_id: str
    kind: Kind
    state: State
    claim: str
    since: datetime
    correlation_id: str = ""
    message_id: str = ""  # SES's id of a mail that was sent


class Decision(Enum):
    ALREADY_SENT = "the mail was sent"
    IN_PROGRESS = "another attempt may be sending it"
    ABANDONED = "the function that claimed it was stopped"
    NEEDS_OPERATOR = "its outcome is unknown, and no operator has decided"
    SEND_AGAIN = "its outcome is unknown, and an operator decided to send it"


def decide(row: MailRow, now: datetime, redriven_at: datetime | None) -> Decision:
    """The decision of an attempt that finds a row of its mail. `redriven_at` is when an operator decided to redrive.

    A decision counts for an outcome that was unknown when it was made, and so for one attempt: if the outcome of that
    attempt is unknown too, another decision is needed.
    """
    match row.state:
        case State.SENT:
            return Decision.ALREADY_SENT
        case State.CLAIMED:
            return Decision.IN_PROGRESS if now < row.since + CLAIM_LIFETIME else Decision.ABANDONED
        case State.UNKNOWN:
            decided = redriven_at is not None and redriven_at > row.since
            return Decision.SEND_AGAIN if decided else Decision.NEEDS_OPERATOR
