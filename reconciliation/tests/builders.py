"""An order's consistent records in all services, which tests damage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from reconciliation_service.snapshots import (
    CANCELLED,
    CAPTURED,
    COMPLETED,
    DELIVERY_FAILED,
    FAILED,
    FULFILLED,
    HELD,
    IN_PROGRESS,
    NEW,
    PACKAGED,
    PACKAGING_FAILED,
    SHIPPED,
    VOIDED,
    Delivery,
    LedgerEntry,
    Line,
    Order,
    OrderRecords,
    Payment,
    Request,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
THEN = NOW - timedelta(days=2)
ORDER, TOKEN, TOTAL = "order-1", "token-1", 11940
ADDRESS = {"name": "Kim Doe", "streetAddress": "Elm 1", "city": "Oslo", "country": "NO"}
LINES = (Line("kettle", 2, 2, tracked=True), Line("mug", 4, 4, tracked=False))


class Statuses(NamedTuple):
    """The status of an order in each of the other tables, and at the provider."""

    payment: str
    ledger: str
    packaging_request: str
    delivery: str | None


# Order status -> the statuses that agree with it.
STATUSES: Mapping[str, Statuses] = {
    NEW: Statuses(HELD, HELD, NEW, None),
    PACKAGED: Statuses(HELD, HELD, COMPLETED, NEW),
    SHIPPED: Statuses(HELD, HELD, COMPLETED, IN_PROGRESS),
    FULFILLED: Statuses(CAPTURED, CAPTURED, COMPLETED, COMPLETED),
    CANCELLED: Statuses(VOIDED, "CANCELLED", CANCELLED, None),
    PACKAGING_FAILED: Statuses(VOIDED, "CANCELLED", FAILED, None),
    DELIVERY_FAILED: Statuses(VOIDED, "CANCELLED", COMPLETED, FAILED),
}
SETTLED = {CAPTURED: CAPTURED, VOIDED: VOIDED, HELD: "AUTHORISED"}


def order_item(status: str = NEW, at: datetime = THEN, **more: Any) -> dict[str, Any]:
    """The item of the orders table."""
    when = at.isoformat()
    made = {
        "orderId": ORDER,
        "userId": "user-1",
        "createdDate": when,
        "modifiedDate": when,
        "status": status,
        "paymentStatus": SETTLED[STATUSES[status].payment],
        "products": [
            {"productId": "kettle", "name": "Kettle", "package": {}, "price": 3990, "quantity": 2},
            {"productId": "mug", "name": "Mug", "package": {}, "price": 990, "quantity": 4},
        ],
        "address": ADDRESS,
        "deliveryPrice": 0,
        "total": TOTAL,
        "paymentToken": TOKEN,
        "history": [{"at": when, "status": NEW, "cause": "createOrder"}, {"at": when, "status": status, "cause": "x"}],
        "version": 3,
        "correlationId": "correlation-1",
        "contentHash": "hash",
    }
    if STATUSES[status].packaging_request == COMPLETED:
        made["packagedDate"] = when
    return {**made, **more}


def records(status: str = NEW, at: datetime = THEN) -> OrderRecords:
    """Consistent records of an order that reached the status at `at`."""
    row, entry, request, delivery = STATUSES[status]
    captured = TOTAL if entry == CAPTURED else 0
    return OrderRecords(
        ORDER,
        order=Order(
            order_id=ORDER,
            status=status,
            payment_status=SETTLED[row],
            token=TOKEN,
            total=TOTAL,
            created_at=at,
            modified_at=at,
            packaged_at=at if request == COMPLETED else None,
            reached={NEW: at, status: at},
            version=3,
            image=order_item(status, at),
        ),
        payment=Payment(ORDER, row, TOKEN, None if row == HELD else TOTAL, at),
        request=Request(ORDER, request, LINES, at, delivery_failed=status == DELIVERY_FAILED),
        delivery=Delivery(ORDER, delivery, at, ADDRESS) if delivery else None,
        ledger={TOKEN: LedgerEntry(entry, TOTAL, captured, 0, at)},
    )


def with_order(was: OrderRecords, **changes: Any) -> OrderRecords:
    assert was.order is not None
    return replace(was, order=replace(was.order, **changes))


def with_payment(was: OrderRecords, **changes: Any) -> OrderRecords:
    assert was.payment is not None
    return replace(was, payment=replace(was.payment, **changes))


def with_request(was: OrderRecords, **changes: Any) -> OrderRecords:
    assert was.request is not None
    return replace(was, request=replace(was.request, **changes))


def with_delivery(was: OrderRecords, **changes: Any) -> OrderRecords:
    assert was.delivery is not None
    return replace(was, delivery=replace(was.delivery, **changes))


def with_charge(was: OrderRecords, **changes: Any) -> OrderRecords:
    return replace(was, ledger={TOKEN: replace(was.ledger[TOKEN], **changes)})
