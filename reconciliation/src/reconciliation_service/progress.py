"""Orders move on by themselves, or wait for a person; every service has heard what the others decided. Pure."""

from datetime import datetime

from reconciliation_service.findings import Finding, Kind
from reconciliation_service.rules import ENDED_BY, Findings, Judging, is_being_packaged, latest
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
    Case,
    Order,
)

PAYMENT_NEWS = {CAPTURED: "PaymentCaptured", VOIDED: "PaymentVoided", FAILED: "PaymentFailed"}


def judge(judging: Judging) -> Findings:
    order = judging.case.order
    if order is None:
        yield from _without_order(judging)
        return
    untold = list(_untold(judging, order))
    yield from untold
    if order.status == PACKAGED:
        yield from _not_opened(judging, order)
    yield from _waiting(judging, order)


def of_nobody(judging: Judging) -> Findings:
    """An order that stands still though no person has it, and of which nothing else is known to be wrong."""
    order = judging.case.order
    if order is None or _whose_turn(judging.case, order) or order.status == FULFILLED or order.status in ENDED_BY:
        return
    since = latest(order.in_status_since, order.modified_at)
    if judging.is_over(since, judging.limits.stuck):
        is_so = f"{order.status[:50]}, and nobody has it"
        yield judging.found(Kind.STUCK_ORDER, is_so, "it moves on", since)


def _without_order(judging: Judging) -> Findings:
    delivery = judging.case.delivery
    if delivery is None or delivery.status not in (NEW, IN_PROGRESS):
        return
    if judging.is_over(delivery.changed_at, judging.limits.in_flight):
        is_so = f"a delivery is {delivery.status}"
        yield judging.found(Kind.DELIVERY_WITHOUT_ORDER, is_so, "an order", delivery.changed_at)


def _untold(judging: Judging, order: Order) -> Findings:
    """What somebody decided, and the order does not show."""
    request, delivery, payment = judging.case.request, judging.case.delivery, judging.case.payment
    if request and order.packaged_at is None:
        if request.status == COMPLETED and order.status not in (CANCELLED, "PACKAGING_FAILED"):
            yield from _stuck(judging, order, request.since, "it is packaged", "PackageCreated")
        elif request.status == CANCELLED and order.status == NEW:
            yield from _stuck(judging, order, request.since, "it is cancelled", "PackagingCancelled")
        elif request.status == FAILED and order.status == NEW:
            yield from _stuck(judging, order, request.since, "packaging failed", "PackagingFailed")
    if delivery and order.status in UNDER_WAY:
        if delivery.status == IN_PROGRESS and order.status != SHIPPED:
            yield from _stuck(judging, order, delivery.changed_at, "it is on its way", "DeliveryStarted")
        elif delivery.status == COMPLETED:
            yield from _stuck(judging, order, delivery.changed_at, "it is delivered", "DeliveryCompleted")
        elif delivery.status == FAILED:
            yield from _stuck(judging, order, delivery.changed_at, "its delivery failed", "DeliveryFailed")
    if payment and payment.status in PAYMENT_NEWS and order.payment_status == AUTHORISED:
        news = PAYMENT_NEWS[payment.status]
        yield from _stuck(judging, order, payment.changed_at, f"its payment is {payment.status}", news)


def _stuck(judging: Judging, order: Order, since: datetime | None, what: str, fact: str) -> Findings:
    if judging.is_over(since, judging.limits.in_flight):
        is_so = f"{order.status}, payment {order.payment_status}: the order was not told that {what}"
        yield judging.found(Kind.STUCK_ORDER, is_so, "every service says the same", since, (fact,))


def _not_opened(judging: Judging, order: Order) -> Findings:
    since = order.packaged_at or order.in_status_since
    if judging.case.delivery is None and judging.is_over(since, judging.limits.in_flight):
        is_so = "packaged, and no delivery knows it"
        yield judging.found(Kind.NO_DELIVERY_OPENED, is_so, "a delivery", since, ("PackageCreated",))


def _waiting(judging: Judging, order: Order) -> Findings:
    whose = _whose_turn(judging.case, order)
    if whose and judging.is_over(_since(judging.case, order), judging.limits.staff):
        yield Finding(
            Kind.WAITING_FOR_STAFF,
            {"orderId": order.order_id},
            f"{order.status}: {whose}",
            "a decision",
            _since(judging.case, order),
        )


def _whose_turn(case: Case, order: Order) -> str | None:
    """The people whose decision the order waits for, if any."""
    delivery = case.delivery
    if order.status == NEW and is_being_packaged(case):
        return "the warehouse packs it"
    if order.status in UNDER_WAY and delivery and delivery.status in (NEW, IN_PROGRESS):
        return "the drivers bring it"
    if order.status == FULFILLED and is_being_packaged(case):
        return "the warehouse says what was in the package"
    if order.status == FULFILLED and case.payment and case.payment.status == FAILED:
        return "the payment was declined for good"
    return None


def _since(case: Case, order: Order) -> datetime | None:
    return latest(
        order.in_status_since,
        case.request.since if case.request else None,
        case.delivery.changed_at if case.delivery else None,
    )
