"""Which mail an event means, and who may send it. Pure.

A mail is known by its order and its kind, and there is one of each. Its row goes
(nothing) -> CLAIMED -> SENT | UNKNOWN, and back to nothing when it was not sent for sure;
UNKNOWN -> CLAIMED only when an operator has decided so after it had become unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent

# Longer than a function lives: a claim that is over has nobody behind it any more.
LEASE = timedelta(minutes=2)
# Longer than an event can come again: dead letters are kept for 14 days, the archive for 30.
KEEP = timedelta(days=90)


class Kind(StrEnum):
    ACCEPTED = "accepted"
    PACKAGED = "packaged"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


# What an order's new status means, and which text tells it.
NEWS: Mapping[str, tuple[Kind, str]] = {
    "PACKAGED": (Kind.PACKAGED, "packaged"),
    "SHIPPED": (Kind.SHIPPED, "shipped"),
    "FULFILLED": (Kind.DELIVERED, "delivered"),
    "PACKAGING_FAILED": (Kind.FAILED, "packaging_failed"),
    "DELIVERY_FAILED": (Kind.FAILED, "delivery_failed"),
    "CANCELLED": (Kind.CANCELLED, "cancelled"),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that is due: of what kind, told by which text, about which order, and when it happened."""

    kind: Kind
    text: str
    order: Mapping[str, Any]
    at: datetime

    @property
    def order_id(self) -> str:
        return str(self.order["orderId"])

    @property
    def user_id(self) -> str | None:
        """Whose order it is; None when an older producer did not say."""
        user_id = self.order.get("userId")
        return user_id if isinstance(user_id, str) and user_id else None


def notice_of(event: IncomingEvent[Any]) -> Notice:
    """Raises InvalidEvent for what the rules do not wait for."""
    match event.detail_type:
        case "OrderCreated":
            return Notice(Kind.ACCEPTED, "accepted", event.detail, _moment(event.detail.get("createdDate"), event))
        case "OrderModified" if "status" in event.detail["changed"] and event.detail["new"].get("status") in NEWS:
            order = event.detail["new"]
            kind, text = NEWS[order["status"]]
            return Notice(kind, text, order, _moved_at(order, event))
    raise InvalidEvent(f"{event.detail_type} without news that anybody is told of: mend the rule")


def _moved_at(order: Mapping[str, Any], event: IncomingEvent[Any]) -> datetime:
    """When the order came to stand where it stands, as its history has it."""
    for move in reversed(order.get("history") or []):
        if move.get("status") == order["status"]:
            return _moment(move.get("at"), event)
    return _moment(order.get("modifiedDate"), event)


def _moment(text: Any, event: IncomingEvent[Any]) -> datetime:
    """What the text says, else when the event was sent: older producers say less, and other things."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else event.time
    except (TypeError, ValueError, OverflowError):
        return event.time


class State(StrEnum):
    CLAIMED = "CLAIMED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a mail since when. `claim` names the attempt that wrote it."""

    order_id: str
    kind: Kind
    state: State
    claim: str
    since: datetime
    correlation_id: str = ""
    message_id: str = ""  # the mail service's, once it was sent


class Verdict(Enum):
    DONE = "it was sent"
    WAIT = "somebody may be sending it"
    ABANDONED = "whoever began to send it was killed"
    UNDECIDED = "its outcome is unknown, and nobody has decided"
    SEND_AGAIN = "its outcome is unknown, and an operator wants it sent"


def judge(row: Row, now: datetime, redriven_at: datetime | None) -> Verdict:
    """What a row that stands in the way means. `redriven_at`: when an operator sent the event again, if one did.

    A decision counts for what was unknown when it was made. So it is good for one attempt: should the outcome of that
    be unknown too, it takes another decision.
    """
    match row.state:
        case State.SENT:
            return Verdict.DONE
        case State.CLAIMED:
            return Verdict.WAIT if now < row.since + LEASE else Verdict.ABANDONED
        case State.UNKNOWN:
            decided = redriven_at is not None and redriven_at > row.since
            return Verdict.SEND_AGAIN if decided else Verdict.UNDECIDED
