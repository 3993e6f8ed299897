"""What other services say about an order -> the order after it. Pure.

Facts come more than once, late and in any order, and end in the same state: a status moves only along
`domain.MOVES`, and what is true of an order at any status (its package, its money) is taken whenever it comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecom.limits import MAX_INT
from ecom.validation import is_integer
from orders_service import domain
from orders_service.domain import Line, Order, lines_of, moved, payment_status_of, status_of, total_of
from orders_service.errors import ImpossiblePackage, StaleFact, UnreadableOrder

STATUS_AFTER: Mapping[str, str] = {
    "PackagingFailed": domain.PACKAGING_FAILED,
    "PackagingCancelled": domain.CANCELLED,
    "DeliveryStarted": domain.SHIPPED,
    "DeliveryCompleted": domain.FULFILLED,
    "DeliveryFailed": domain.DELIVERY_FAILED,
}
PAYMENT_AFTER: Mapping[str, str] = {
    "PaymentCaptured": domain.CAPTURED,
    "PaymentVoided": domain.VOIDED,
    "PaymentFailed": domain.FAILED,
}
NEVER_PACKAGED = frozenset((domain.PACKAGING_FAILED, domain.CANCELLED))


@dataclass(frozen=True, slots=True)
class Fact:
    """An event about an order. `kind` is its detail type, `id` what it shares with its repeats."""

    kind: str
    id: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def after(order: Order, fact: Fact, now: datetime) -> Order:
    """The order after the fact: the same object when nothing is new.

    Raises StaleFact for what the order is beyond, ImpossiblePackage for what cannot be true of it.
    """
    if not domain.is_readable(order):
        raise UnreadableOrder("what stands in the table under this id is no order")
    if fact.kind == "PackageCreated":
        return packaged(order, fact, now)
    if fact.kind == "PaymentRefunded":
        return refunded(order, fact, now)
    if fact.kind in PAYMENT_AFTER:
        return paid(order, PAYMENT_AFTER[fact.kind], fact.kind, now)
    return moved(order, STATUS_AFTER[fact.kind], fact.kind, now)


def packaged(order: Order, fact: Fact, now: datetime) -> Order:
    """Lines as they were packaged, and the final total; the status moves only if the order is new."""
    packed = packed_of(fact.detail["products"])
    if order.get("packagedDate"):
        return _packaged_before(order, packed)
    lines = packed_lines(lines_of(order), packed)
    if status_of(order) in NEVER_PACKAGED:
        raise StaleFact(f"{fact.kind}: the order is {status_of(order)}")
    after_move = moved(order, domain.PACKAGED, fact.kind, now) if status_of(order) == domain.NEW else order
    at = domain.modified_at(order, now)
    changed = {**after_move, "products": lines, "packagedDate": at, "modifiedDate": at}
    if all(is_integer(line.get("price"), 0, MAX_INT) for line in lines):
        changed["total"] = total_of(lines, changed.get("deliveryPrice") or 0)
    return _refund_settled(changed)


def packed_of(products: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Units per product. What is packaged as nothing is not in the package."""
    packed: dict[str, int] = {}
    for line in products:
        packed[line["productId"]] = packed.get(line["productId"], 0) + line["quantity"]
    return {product_id: quantity for product_id, quantity in packed.items() if quantity}


def packed_lines(ordered: list[Line], packed: Mapping[str, int]) -> list[Line]:
    """The ordered lines with their packaged quantities; a line of which nothing was packaged leaves."""
    left = dict(packed)
    lines: list[Line] = []
    for line in ordered:
        quantity = min(line["quantity"], left.get(line["productId"], 0))
        if quantity:
            left[line["productId"]] -= quantity
            lines.append({**line, "quantity": quantity})
    too_many = sorted(product_id for product_id, quantity in left.items() if quantity)
    if too_many:
        raise ImpossiblePackage(f"the package holds more than was ordered of {', '.join(too_many)[:500]}")
    if not lines:
        raise ImpossiblePackage("the package holds nothing")
    return lines


def _packaged_before(order: Order, packed: Mapping[str, int]) -> Order:
    """Lines are final: the same package again is no news, another one is not believed."""
    final = lines_of(order)
    if packed_of(final) == packed:
        return order
    packed_lines(final, packed)
    raise StaleFact("PackageCreated: the order is packaged already")


def paid(order: Order, status: str, cause: str, now: datetime) -> Order:
    was = payment_status_of(order)
    if order.get("paymentStatus") == status:
        return order
    if status not in domain.PAYMENT_MOVES.get(was, ()):
        raise StaleFact(f"{cause}: no move from {was[:50]} to {status}")
    return {**order, "paymentStatus": status, "modifiedDate": domain.modified_at(order, now)}


def refunded(order: Order, fact: Fact, now: datetime) -> Order:
    """Refunds add up, each counted once; all of the total makes it REFUNDED."""
    known = order.get("refunds") or {}
    if fact.id in known:
        return order
    amount = fact.detail.get("amount", order.get("total") or 0)
    return _refund_settled(
        {**order, "refunds": {**known, fact.id: amount}, "modifiedDate": domain.modified_at(order, now)}
    )


def _refund_settled(order: Order) -> Order:
    """The payment status that the refunds add up to, whenever the final total came."""
    refunds = order.get("refunds")
    if not refunds:
        return order
    whole = sum(refunds.values()) >= (order.get("total") or 0)
    status = domain.REFUNDED if whole else domain.PARTIALLY_REFUNDED
    was = payment_status_of(order)
    if was == status:
        return order
    if status not in domain.PAYMENT_MOVES.get(was, ()):
        raise StaleFact(f"PaymentRefunded: no move from {was[:50]} to {status}")
    return {**order, "paymentStatus": status}
