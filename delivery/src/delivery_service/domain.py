"""A delivery, and the steps that staff take. Pure.

NEW -> IN_PROGRESS -> COMPLETED | FAILED
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from delivery_service.errors import NoAddress
from ecom import shipments
from ecom.contracts.common import Address
from ecom.errors import InvalidInput

REQUIRED = ("name", "streetAddress", "city", "country")
OPTIONAL = ("companyName", "postCode", "state")


class Status(StrEnum):
    NEW = "NEW"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Step:
    """A transition of a delivery, and the detail-type of its event."""

    before: Status
    after: Status
    event: str


START = Step(Status.NEW, Status.IN_PROGRESS, "DeliveryStarted")
COMPLETE = Step(Status.IN_PROGRESS, Status.COMPLETED, "DeliveryCompleted")
FAIL = Step(Status.IN_PROGRESS, Status.FAILED, "DeliveryFailed")
EVENTS = {step.after: step.event for step in (START, COMPLETE, FAIL)}


@dataclass(frozen=True, slots=True)
class Shipment:
    """How a package travels. `is_named`: the request that started the delivery named the carrier or the number."""

    carrier: str
    tracking_number: str
    is_named: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """`since` is the time of the last change of its status. It has a shipment from its start on."""

    order_id: str
    status: Status
    address: Address
    since: datetime
    shipment: Shipment | None = None


def new_delivery(order_id: str, order: Mapping[str, Any], now: datetime) -> Delivery:
    """The delivery of an order's package. Of the order only the address is kept. Raises NoAddress."""
    return Delivery(order_id, Status.NEW, _address(order.get("address")), now)


def shipment_of(order_id: str, carrier: Any, tracking_number: Any) -> Shipment:
    """The shipment with what is given, and the platform's own for what is None. Raises InvalidInput."""
    for name, value in (("carrier", carrier), ("trackingNumber", tracking_number)):
        if value is not None and not (isinstance(value, str) and shipments.is_allowed(value)):
            raise InvalidInput(
                f"{name} must have 1 to 64 characters: letters from A to Z, digits, '-', '.', '_' and spaces"
            )
    if tracking_number is not None and shipments.is_of_another(tracking_number, order_id):
        raise InvalidInput(
            "trackingNumber must not have the form of an order's id: another delivery may have that number"
        )
    return Shipment(
        shipments.CARRIER if carrier is None else carrier,
        shipments.tracking_number(order_id) if tracking_number is None else tracking_number,
        is_named=carrier is not None or tracking_number is not None,
    )


def _address(given: Any) -> Address:
    """An address that the GraphQL lists of staff can return: an invalid one would fail the whole list."""
    if not isinstance(given, Mapping):
        raise NoAddress("the order has no address")
    missing = [name for name in REQUIRED if not isinstance(given.get(name), str) or not given[name].strip()]
    if missing:
        raise NoAddress(f"the order's address has no {', '.join(missing)}")
    phone = given.get("phoneNumber")
    known = {name: given[name] for name in (*REQUIRED, *OPTIONAL) if isinstance(given.get(name), str)}
    # GraphQL requires a phone number; a delivery does not.
    return cast("Address", {**known, "phoneNumber": phone if isinstance(phone, str) else ""})
