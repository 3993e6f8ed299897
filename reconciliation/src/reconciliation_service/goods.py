"""Every open order has its stock, nothing else keeps stock, and the stock of failed orders is back. Pure."""

from reconciliation_service.findings import Kind
from reconciliation_service.rules import Comparison, Findings, latest
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


def judge(comparison: Comparison) -> Findings:
    yield from _overdue(comparison)
    order, request = comparison.order, comparison.request
    if order is None:
        yield from _without_order(comparison)
        return
    yield from _without_stock(comparison, order)
    if request is not None:
        yield from _not_back(comparison, order, request)


def _overdue(comparison: Comparison) -> Findings:
    request = comparison.request
    if request is None or request.status != HELD or request.expires_at is None or comparison.order is not None:
        return
    if request.expires_at <= comparison.now:
        actual = "a reservation is past its time and keeps its stock"
        yield from comparison.finding(Kind.RESERVATION_NOT_LAPSED, actual, "its stock is free", request.expires_at)


def _without_order(comparison: Comparison) -> Findings:
    request = comparison.request
    # A reservation lapses; a request cancelled before its order existed stays.
    if request is not None and request.status in (NEW, IN_PROGRESS):
        actual = f"a packaging request is {request.status}"
        yield from comparison.finding(Kind.REQUEST_WITHOUT_ORDER, actual, "an order", request.since)


def _without_stock(comparison: Comparison, order: Order) -> Findings:
    request = comparison.request
    unowned = request is None or request.status in (HELD, LAPSED)
    if order.status not in UNDER_WAY or not unowned:
        return
    if comparison.is_older_than(latest(order.created_at, order.modified_at)):
        actual = "the warehouse has no request" if request is None else f"its reservation is {request.status}"
        # For an order that is past packaging, OrderCreated would start packaging again.
        repair_events = ("OrderCreated",) if order.status == NEW and order.packaged_at is None else ()
        yield from comparison.finding(
            Kind.ORDER_WITHOUT_STOCK, actual, "a packaging request", order.created_at, repair_events
        )


def _not_back(comparison: Comparison, order: Order, request: Request) -> Findings:
    if order.status not in ENDED_BADLY or not any(line.tracked for line in request.lines):
        return
    since = latest(order.in_status_since, request.since)
    if order.status == DELIVERY_FAILED and request.status == COMPLETED and not request.delivery_failed:
        actual = "the warehouse missed that the delivery failed"
        yield from comparison.finding(Kind.STOCK_NOT_BACK, actual, "the stock is back", since, ("DeliveryFailed",))
    elif order.status == CANCELLED and request.status in KEEPS_STOCK | {COMPLETED}:
        actual = f"{order.status}, but the request is {request.status}"
        yield from comparison.finding(Kind.STOCK_NOT_BACK, actual, "a cancelled request", since)
