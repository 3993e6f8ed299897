"""Orders have their stock, and only orders have; what nobody gets is back on the shelf. Pure."""

from reconciliation_service.findings import Kind
from reconciliation_service.rules import Findings, Judging, latest
from reconciliation_service.snapshots import (
    CANCELLED,
    COMPLETED,
    DELIVERY_FAILED,
    ENDED_BADLY,
    HELD,
    IN_PROGRESS,
    KEEPS_STOCK,
    LAPSED,
    NEW,
    UNDER_WAY,
    Order,
    Request,
)


def judge(judging: Judging) -> Findings:
    yield from _overdue(judging)
    order, request = judging.case.order, judging.case.request
    if order is None:
        yield from _without_order(judging)
        return
    yield from _without_stock(judging, order)
    if request is not None:
        yield from _not_back(judging, order, request)


def _overdue(judging: Judging) -> Findings:
    request = judging.case.request
    if request is None or request.status != HELD or request.expires_at is None or judging.case.order is not None:
        return
    if request.expires_at <= judging.now and judging.is_over(request.expires_at, judging.limits.in_flight):
        is_so = "a reservation is over and keeps its stock"
        yield judging.found(Kind.RESERVATION_NOT_LAPSED, is_so, "its stock is free", request.expires_at)


def _without_order(judging: Judging) -> Findings:
    request = judging.case.request
    if request is None or request.status not in (NEW, IN_PROGRESS):
        return  # reservations lapse; what was cancelled before the order came stays as its tombstone
    if judging.is_over(request.since, judging.limits.in_flight):
        is_so = f"a packaging request is {request.status}"
        yield judging.found(Kind.REQUEST_WITHOUT_ORDER, is_so, "an order", request.since)


def _without_stock(judging: Judging, order: Order) -> Findings:
    request = judging.case.request
    unowned = request is None or request.status in (HELD, LAPSED)
    if order.status not in UNDER_WAY or not unowned:
        return
    if judging.is_over(latest(order.created_at, order.modified_at), judging.limits.in_flight):
        is_so = "the warehouse does not know it" if request is None else f"its reservation is {request.status}"
        # Told of an order that is past packaging, the warehouse would have it packaged once more.
        mend = ("OrderCreated",) if order.status == NEW and order.packaged_at is None else ()
        yield judging.found(Kind.ORDER_WITHOUT_STOCK, is_so, "a packaging request", order.created_at, mend)


def _not_back(judging: Judging, order: Order, request: Request) -> Findings:
    if order.status not in ENDED_BADLY or not any(line.tracked for line in request.lines):
        return
    since = latest(order.in_status_since, request.since)
    if not judging.is_over(since, judging.limits.in_flight):
        return
    if order.status == DELIVERY_FAILED and request.status == COMPLETED and not request.delivery_failed:
        is_so = "the warehouse does not know that the delivery failed"
        yield judging.found(Kind.STOCK_NOT_BACK, is_so, "the stock is back", since, ("DeliveryFailed",))
    elif order.status == CANCELLED and request.status in KEEPS_STOCK | {COMPLETED}:
        is_so = f"{order.status}, but the request is {request.status}"
        yield judging.found(Kind.STOCK_NOT_BACK, is_so, "a cancelled request", since)
