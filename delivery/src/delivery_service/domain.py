"""What a delivery is, and which way it may go. Pure.

NEW -> IN_PROGRESS -> COMPLETED | FAILED
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from delivery_service.errors import NowhereToGo

Address = dict[str, str]

REQUIRED = ("name", "streetAddress", "city", "country")
OPTIONAL = ("companyName", "postCode", "state")


class Status(StrEnum):
    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Move:
    """A step that staff take, and the event that tells of it."""

    before: Status
    after: Status
    event: str


START = Move(Status.NEW, Status.IN_PROGRESS, "DeliveryStarted")
COMPLETE = Move(Status.IN_PROGRESS, Status.COMPLETED, "DeliveryCompleted")
FAIL = Move(Status.IN_PROGRESS, Status.FAILED, "DeliveryFailed")
EVENTS = {move.after: move.event for move in (START, COMPLETE, FAIL)}


@dataclass(frozen=True, slots=True)
class Delivery:
    order_id: str
    status: Status
    address: Address
    since: datetime


def opened(order_id: str, order: Mapping[str, Any], now: datetime) -> Delivery:
    """The delivery of an order's package. Only the address is kept of the order."""
    return Delivery(order_id, Status.NEW, _address(order.get("address")), now)


def _address(given: Any) -> Address:
    """What staff's lists can show; one address that is none must not take the whole list away."""
    if not isinstance(given, Mapping):
        raise NowhereToGo("the order has no address")
    missing = [name for name in REQUIRED if not isinstance(given.get(name), str) or not given[name].strip()]
    if missing:
        raise NowhereToGo(f"the order's address has no {', '.join(missing)}")
    phone = given.get("phoneNumber")
    known = {name: given[name] for name in (*REQUIRED, *OPTIONAL) if isinstance(given.get(name), str)}
    # The list must have one; a package arrives without.
    return {**known, "phoneNumber": phone if isinstance(phone, str) else ""}
