"""An order's consistent records in all services, which tests damage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

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

# Order status -> status of the payment row, of the ledger entry, of the request, and of the delivery.
JOURNEY: Mapping[str, tuple[str, str, str, str | None]] = {
    NEW: (HELD, HELD, NEW, None),
    PACKAGED: (HELD, HELD, COMPLETED, NEW),
    SHIPPED: (HELD, HELD, COMPLETED, IN_PROGRESS),
    FULFILLED: (CAPTURED, CAPTURED, COMPLETED, COMPLETED),
    CANCELLED: (VOIDED, "CANCELLED", CANCELLED, None),
    PACKAGING_FAILED: (VOIDED, "CANCELLED", FAILED, None),
    DELIVERY_FAILED: (VOIDED, "CANCELLED", COMPLETED, FAILED),
}
SETTLED = {CAPTURED: CAPTURED, VOIDED: VOIDED, HELD: "AUTHORISED"}


def image(status: str = NEW, at: datetime = THEN, **more: Any) -> dict[str, Any]:
    """The item of the orders table."""
    when = at.isoformat()
    made = {
        "orderId": ORDER,
        "userId": "user-1",
        "createdDate": when,
        "modifiedDate": when,
        "status": status,
        "paymentStatus": SETTLED[JOURNEY[status][0]],
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
    if JOURNEY[status][2] == COMPLETED:
        made["packagedDate"] = when
    return {**made, **more}


def records(status: str = NEW, at: datetime = THEN) -> OrderRecords:
    """Consistent records of an order that reached the status at `at`."""
    row, entry, request, delivery = JOURNEY[status]
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
            image=image(status, at),
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
