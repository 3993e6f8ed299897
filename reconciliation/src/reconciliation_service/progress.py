"""Every order makes progress or waits for a person, and no service has missed an event. Pure."""

from datetime import datetime

from reconciliation_service.findings import Kind
from reconciliation_service.rules import Comparison, Findings, is_being_packaged, latest
from reconciliation_service.snapshots import (
    AUTHORISED,
    CANCELLED,
    CAPTURED,
    COMPLETED,
    ENDED_BADLY,
    ENDED_WELL,
    FAILED,
    FULFILLED,
    IN_PROGRESS,
    NEW,
    PACKAGED,
    SHIPPED,
    UNDER_WAY,
    VOIDED,
    Order,
    OrderRecords,
)

PAYMENT_EVENTS = {CAPTURED: "PaymentCaptured", VOIDED: "PaymentVoided", FAILED: "PaymentFailed"}


def judge(comparison: Comparison) -> Findings:
    order = comparison.order
    if order is None:
        yield from _without_order(comparison)
        return
    yield from _missed_events(comparison, order)
    if order.status == PACKAGED and comparison.delivery is None:
        actual, since = "packaged, and delivery has no row", order.packaged_at or order.in_status_since
        yield from comparison.finding(Kind.NO_DELIVERY_OPENED, actual, "a delivery", since, ("PackageCreated",))
    if reason := _waiting_for(comparison.records, order):
        actual, since, staff = f"{order.status}: {reason}", _since(comparison.records, order), comparison.limits.staff
        yield from comparison.finding(Kind.WAITING_FOR_STAFF, actual, "a decision", since, limit=staff)


def stuck(comparison: Comparison) -> Findings:
    """An order that makes no progress, waits for no person, and has no other finding."""
    order = comparison.order
    if order is None or order.status in ENDED_WELL | ENDED_BADLY or _waiting_for(comparison.records, order):
        return
    actual, since = f"{order.status[:50]}, and it waits for no person", latest(order.in_status_since, order.modified_at)
    yield from comparison.finding(Kind.STUCK_ORDER, actual, "progress", since, limit=comparison.limits.stuck)


def _without_order(comparison: Comparison) -> Findings:
    delivery = comparison.delivery
    if delivery is not None and delivery.status in (NEW, IN_PROGRESS):
        actual = f"a delivery is {delivery.status}"
        yield from comparison.finding(Kind.DELIVERY_WITHOUT_ORDER, actual, "an order", delivery.changed_at)


def _missed_events(comparison: Comparison, order: Order) -> Findings:
    """Events of other services that the order does not show."""
    request, delivery, payment = comparison.request, comparison.delivery, comparison.payment
    if request and order.packaged_at is None:
        if request.status == COMPLETED and order.status not in (CANCELLED, "PACKAGING_FAILED"):
            yield from _stuck(comparison, order, request.since, "it is packaged", "PackageCreated")
        elif request.status == CANCELLED and order.status == NEW:
            yield from _stuck(comparison, order, request.since, "it is cancelled", "PackagingCancelled")
        elif request.status == FAILED and order.status == NEW:
            yield from _stuck(comparison, order, request.since, "packaging failed", "PackagingFailed")
    if delivery and order.status in UNDER_WAY:
        if delivery.status == IN_PROGRESS and order.status != SHIPPED:
            yield from _stuck(comparison, order, delivery.changed_at, "it is on its way", "DeliveryStarted")
        elif delivery.status == COMPLETED:
            yield from _stuck(comparison, order, delivery.changed_at, "it is delivered", "DeliveryCompleted")
        elif delivery.status == FAILED:
            yield from _stuck(comparison, order, delivery.changed_at, "its delivery failed", "DeliveryFailed")
    if payment and payment.status in PAYMENT_EVENTS and order.payment_status == AUTHORISED:
        event = PAYMENT_EVENTS[payment.status]
        yield from _stuck(comparison, order, payment.changed_at, f"its payment is {payment.status}", event)


def _stuck(comparison: Comparison, order: Order, since: datetime | None, what: str, event: str) -> Findings:
    actual = f"{order.status}, payment {order.payment_status}: the order missed that {what}"
    return comparison.finding(Kind.STUCK_ORDER, actual, "all services agree", since, (event,))


def _waiting_for(records: OrderRecords, order: Order) -> str | None:
    """The staff that the order waits for, None when it waits for no staff."""
    delivery = records.delivery
    if order.status == NEW and is_being_packaged(records):
        return "waits for packaging"
    if order.status in UNDER_WAY and delivery and delivery.status in (NEW, IN_PROGRESS):
        return "waits for delivery"
    if order.status == FULFILLED and is_being_packaged(records):
        return "delivered, but packaging is not completed"
    if order.status == FULFILLED and records.payment and records.payment.status == FAILED:
        return "the payment was declined"
    return None


def _since(records: OrderRecords, order: Order) -> datetime | None:
    return latest(
        order.in_status_since,
        records.request.since if records.request else None,
        records.delivery.changed_at if records.delivery else None,
    )
