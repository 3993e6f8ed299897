"""Every order makes progress or waits for a person, and no service has missed an event. Pure."""

from datetime import datetime

from reconciliation_service.findings import Finding, Kind
from reconciliation_service.rules import ENDED_BY, Comparison, Findings, is_being_packaged, latest
from reconciliation_service.snapshots import (
    AUTHORISED,
    CANCELLED,
    CAPTURED,
    COMPLETED,
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
    missed = list(_missed_events(comparison, order))
    yield from missed
    if order.status == PACKAGED:
        yield from _not_opened(comparison, order)
    yield from _waiting(comparison, order)


def stuck(comparison: Comparison) -> Findings:
    """An order that makes no progress, waits for no person, and has no other finding."""
    order = comparison.order
    if (
        order is None
        or _waiting_for(comparison.records, order)
        or order.status == FULFILLED
        or order.status in ENDED_BY
    ):
        return
    since = latest(order.in_status_since, order.modified_at)
    if comparison.is_older_than(since, comparison.limits.stuck):
        actual = f"{order.status[:50]}, and it waits for no person"
        yield comparison.finding(Kind.STUCK_ORDER, actual, "progress", since)


def _without_order(comparison: Comparison) -> Findings:
    delivery = comparison.delivery
    if delivery is None or delivery.status not in (NEW, IN_PROGRESS):
        return
    if comparison.is_older_than(delivery.changed_at):
        actual = f"a delivery is {delivery.status}"
        yield comparison.finding(Kind.DELIVERY_WITHOUT_ORDER, actual, "an order", delivery.changed_at)


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
    if comparison.is_older_than(since):
        actual = f"{order.status}, payment {order.payment_status}: the order missed that {what}"
        yield comparison.finding(Kind.STUCK_ORDER, actual, "all services agree", since, (event,))


def _not_opened(comparison: Comparison, order: Order) -> Findings:
    since = order.packaged_at or order.in_status_since
    if comparison.delivery is None and comparison.is_older_than(since):
        actual = "packaged, and delivery has no row"
        yield comparison.finding(Kind.NO_DELIVERY_OPENED, actual, "a delivery", since, ("PackageCreated",))


def _waiting(comparison: Comparison, order: Order) -> Findings:
    reason = _waiting_for(comparison.records, order)
    if reason and comparison.is_older_than(_since(comparison.records, order), comparison.limits.staff):
        yield Finding(
            Kind.WAITING_FOR_STAFF,
            {"orderId": order.order_id},
            f"{order.status}: {reason}",
            "a decision",
            _since(comparison.records, order),
        )


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
