"""An event of warehouse, delivery or payment -> the order after it. Pure.

Events arrive more than once, late and in any order, and lead to the same state: a status changes only by the
transitions of `domain`; the package and the payment are recorded at any status.
Every function returns the same object when the event changes nothing, and raises StaleEvent when the order is already
past the event.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ecom.contracts.delivery import DeliveryStarted
from ecom.contracts.payment import PaymentRefunded
from ecom.contracts.warehouse import PackageCreated
from ecom.events import IncomingEvent
from orders_service.domain import (
    Line,
    Order,
    PaymentStatus,
    Status,
    modified_at,
    payment_transition,
    total_of,
    transition,
    units_of,
)
from orders_service.errors import ImpossiblePackage, StaleEvent, UnreadableOrder

Update = Callable[[Order, IncomingEvent[Any], datetime], Order]

NEVER_PACKAGED = (Status.PACKAGING_FAILED, Status.CANCELLED)
ENDED_BY_DELIVERY = (Status.FULFILLED, Status.DELIVERY_FAILED)


def package_created(order: Order, event: IncomingEvent[PackageCreated], now: datetime) -> Order:
    """Lines as they were packaged, and the final total; the status changes only if the order is new.

    Raises ImpossiblePackage.
    """
    packed = units_of(Line(line["productId"], quantity=line["quantity"]) for line in event.detail["products"])
    if order.packaged_date:
        return _packaged_before(order, packed)
    lines = packed_lines(order.lines or (), packed)
    status = order.current_status
    if status in NEVER_PACKAGED:
        raise StaleEvent(f"{event.detail_type}: the order is {status}")
    if status == Status.NEW:
        order = transition(order, Status.PACKAGED, event.detail_type, now)
    at = modified_at(order, now)
    is_priced = all(line.price is not None for line in lines)
    total = total_of(lines, order.delivery_price or 0) if is_priced else order.total
    return _settle_refunds(replace(order, lines=lines, total=total, packaged_date=at, modified_date=at))


def payment_refunded(order: Order, event: IncomingEvent[PaymentRefunded], now: datetime) -> Order:
    """Refunds add up, each counted once. All of what was captured makes the order REFUNDED; the events of older
    producers do not say how much that is, and it is the total."""
    if order.unknown.get("refunds"):
        raise UnreadableOrder("refunds")
    refunds = order.refunds or {}
    name = event.detail.get("refundId", event.event_id)
    if name in refunds:
        return order
    refunds = {**refunds, name: event.detail["amount"]}
    refunded = max(order.refunded or 0, sum(refunds.values()), event.detail.get("refundedTotal", 0))
    captured = event.detail.get("captured", order.captured)
    changed = replace(order, refunds=refunds, refunded=refunded, captured=captured)
    return _settle_refunds(replace(changed, modified_date=modified_at(order, now)))


def delivery_started(order: Order, event: IncomingEvent[DeliveryStarted], now: datetime) -> Order:
    """SHIPPED, with the shipment. An event that later ones overtook adds the shipment alone."""
    shipment = {name: event.detail.get(name) for name in ("carrier", "trackingNumber")}
    is_news = order.shipment is None and None not in shipment.values()
    try:
        shipped = transition(order, Status.SHIPPED, event.detail_type, now)
    except StaleEvent:
        if not is_news or order.current_status not in ENDED_BY_DELIVERY:
            raise
        shipped = order
    return replace(shipped, shipment=shipment, modified_date=modified_at(shipped, now)) if is_news else shipped


def _status(status: Status) -> Update:
    return lambda order, event, now: transition(order, status, event.detail_type, now)


def _payment_status(status: PaymentStatus) -> Update:
    def update(order: Order, event: IncomingEvent[Any], now: datetime) -> Order:
        updated = payment_transition(order, status, event.detail_type)
        return order if updated is order else replace(updated, modified_date=modified_at(order, now))

    return update


# By detail-type.
UPDATES: Mapping[str, Update] = {
    "PackageCreated": package_created,
    "PackagingFailed": _status(Status.PACKAGING_FAILED),
    "PackagingCancelled": _status(Status.CANCELLED),
    "DeliveryStarted": delivery_started,
    "DeliveryCompleted": _status(Status.FULFILLED),
    "DeliveryFailed": _status(Status.DELIVERY_FAILED),
    "PaymentCaptured": _payment_status(PaymentStatus.CAPTURED),
    "PaymentVoided": _payment_status(PaymentStatus.VOIDED),
    "PaymentFailed": _payment_status(PaymentStatus.FAILED),
    "PaymentRefunded": payment_refunded,
}


def packed_lines(ordered: Sequence[Line], packed: Mapping[str, int]) -> tuple[Line, ...]:
    """The ordered lines with their packaged quantities, without lines that have no packaged unit."""
    left = dict(packed)
    lines: list[Line] = []
    for line in ordered:
        quantity = min(line.units, left.get(line.product_id, 0))
        if quantity:
            left[line.product_id] -= quantity
            lines.append(replace(line, quantity=quantity))
    too_many = sorted(product_id for product_id, quantity in left.items() if quantity)
    if too_many:
        raise ImpossiblePackage(f"the package holds more than was ordered of {', '.join(too_many)[:500]}")
    if not lines:
        raise ImpossiblePackage("the package is empty")
    return tuple(lines)


def _packaged_before(order: Order, packed: Counter[str]) -> Order:
    """Lines are final: the same package changes nothing, another one is refused."""
    final = order.lines or ()
    if units_of(final) == packed:  # counters are equal also when only one has a product of which there are none
        return order
    packed_lines(final, packed)
    raise StaleEvent("PackageCreated: the order is packaged already")


def _settle_refunds(order: Order) -> Order:
    """The payment status that the refunds add up to. Without the captured amount it depends on the final total, which
    may come after them."""
    if not order.refunds:
        return order
    captured = order.total if order.captured is None else order.captured
    is_full = (order.refunded or sum(order.refunds.values())) >= (captured or 0)
    status = PaymentStatus.REFUNDED if is_full else PaymentStatus.PARTIALLY_REFUNDED
    return payment_transition(order, status, "PaymentRefunded")
