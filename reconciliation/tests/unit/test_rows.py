"""Rows of all services are read; rows that were written manually do no harm."""

from datetime import UTC, datetime
from decimal import Decimal

from ecom.stored_orders import short
from reconciliation.tests.builders import ADDRESS, THEN, TOKEN, TOTAL, order_item
from reconciliation_service import rows
from reconciliation_service.snapshots import AUTHORISED, FULFILLED, HELD, NEW, Line


def test_an_order_is_read() -> None:
    order = rows.order_from_item(order_item(FULFILLED))
    assert (order.status, order.token, order.total, order.version) == (FULFILLED, TOKEN, TOTAL, 3)
    assert order.in_status_since == THEN == order.packaged_at


def test_an_order_in_the_stored_form_is_read_like_its_long_form() -> None:
    assert rows.order_from_item(short(order_item(FULFILLED))) == rows.order_from_item(order_item(FULFILLED))


def test_an_order_with_its_key_only() -> None:
    order = rows.order_from_item({"orderId": "x"})
    assert (order.status, order.payment_status, order.token) == (NEW, AUTHORISED, None)
    assert order.in_status_since is None


def test_an_unreadable_order() -> None:
    order = rows.order_from_item(
        {"orderId": "x", "status": 7, "total": Decimal("1.5"), "createdDate": "soon", "history": [1, {"at": 2}]}
    )
    assert (order.status, order.total, order.created_at, order.reached) == (NEW, None, None, {})


def test_an_unreadable_packaged_date_counts_as_packaged() -> None:
    assert rows.order_from_item({"orderId": "x", "packagedDate": "yesterday"}).packaged_at == rows.LONG_AGO


def test_a_payment_row_written_manually() -> None:
    payment = rows.payment_from_item({"orderId": "x", "paymentToken": TOKEN})
    assert (payment.status, payment.token, payment.changed_at) == (HELD, TOKEN, None)


def test_a_request_is_read() -> None:
    request = rows.request_from_item(
        {
            "id": "order#x",
            "status": "NEW",
            "since": "2026-03-01T10:00:00.000Z",
            "lines": [{"productId": "kettle", "quantity": 2, "packaged": 2, "tracked": True}, "nonsense"],
            "etag": 4,
        },
    )
    assert request.lines == (Line("kettle", 2, 2, tracked=True),)
    assert request.since == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_delivery_is_read() -> None:
    delivery = rows.delivery_from_item({"orderId": "x", "address": ADDRESS, "since": "2026-03-01T10:00:00Z"})
    assert (delivery.status, delivery.address, delivery.changed_at) == (
        NEW,
        ADDRESS,
        datetime(2026, 3, 1, 10, tzinfo=UTC),
    )


def test_the_shipment_of_a_delivery_is_read() -> None:
    delivery = rows.delivery_from_item({"orderId": "x", "carrier": "PostNord", "trackingNumber": "A-1"})
    assert delivery.shipment == {"carrier": "PostNord", "trackingNumber": "A-1"}
    assert rows.delivery_from_item({"orderId": "x", "carrier": 7}).shipment == {}


def test_a_ledger_entry_is_read() -> None:
    response = {
        "status": "CAPTURED",
        "authorised": 5,
        "captured": 5,
        "refunded": 2,
        "createdAt": "2026-03-01T10:00:00Z",
    }
    assert rows.ledger_entry_from(response).net == 3
