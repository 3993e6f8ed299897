"""Events in: the order's id and progress. Table changes out: the events that payment publishes."""

import json
from typing import Any

import pytest

import payment_service
from ecom.errors import InvalidEvent
from ecom.events import parse
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from payment.tests.builders import HELD, ORDER, TOKEN, created, deleted, delivery, modified, order, warehouse
from payment_service.domain import DELIVERED, ENDED, OrderProgress, OrderSnapshot
from payment_service.events import SOURCE, events_of
from payment_service.payment_events import progress_from, progress_of_order

SCHEMAS = Schemas.of_service(payment_service.__file__)
FIRST = OrderSnapshot(HELD, None, False, 1, "2026-03-01T09:30:00.000Z")


@pytest.mark.parametrize(
    ("event", "progress"),
    [
        (created(), OrderProgress(TOKEN, FIRST)),
        (created(currency="DKK"), OrderProgress(TOKEN, FIRST, currency="DKK")),
        (
            modified(order(total=1, packagedDate="2026-03-02", modifiedDate="2026-03-03")),
            OrderProgress(TOKEN, OrderSnapshot(1, "2026-03-02", True, 2, "2026-03-03")),
        ),
        (deleted(), ENDED),
        (warehouse("PackagingFailed"), ENDED),
        (warehouse("PackagingCancelled"), ENDED),
        (delivery("DeliveryCompleted"), DELIVERED),
        (delivery("DeliveryFailed"), ENDED),
    ],
    ids=lambda value: value["detail-type"] if isinstance(value, dict) else "",
)
def test_the_progress_that_an_event_carries(event: dict[str, Any], progress: OrderProgress) -> None:
    assert progress_from(parse(event, SCHEMAS)) == (ORDER, progress)


def test_an_id_that_cannot_be_a_key_is_an_invalid_event() -> None:
    event = deleted()
    event["detail"]["orderId"] = "x" * 3000
    with pytest.raises(InvalidEvent, match="orderId is too long"):
        progress_from(parse(event, SCHEMAS))


def test_a_final_snapshot_is_newer_than_any_other() -> None:
    late = progress_of_order({"orderId": ORDER, "total": 9, "modifiedDate": "2027-01-01"}, 99, revised=True)
    final = OrderProgress(snapshot=OrderSnapshot(2500, "2026-03-01T10:00:00.000Z", True, 2))
    assert late.merged(final).snapshot == final.snapshot


def test_a_revised_snapshot_is_newer_than_the_first_whatever_producers_omit() -> None:
    first = progress_of_order({"orderId": ORDER, "total": 9, "modifiedDate": "2027-01-01"}, 99, revised=False)
    revised = OrderProgress(snapshot=OrderSnapshot(2900, None, True, 2))
    assert first.merged(revised).snapshot == revised.snapshot


def test_an_older_producer_omits_most_of_an_order() -> None:
    progress = progress_of_order({"orderId": ORDER}, None, revised=False)
    assert progress == OrderProgress(snapshot=OrderSnapshot(None, None))


# --- the table's stream ---


def published(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    change = read_change(stream_record({"orderId": ORDER}, old, new), SOURCE)
    documents = [event.document() for event in events_of(change, "EUR")]
    for document in documents:
        SCHEMAS.check(document["detail-type"], json.loads(json.dumps(document)))
    return documents


ROW = {"orderId": ORDER, "paymentToken": TOKEN, "status": "HELD"}


@pytest.mark.parametrize(
    ("status", "detail_type"),
    [("CAPTURED", "PaymentCaptured"), ("VOIDED", "PaymentVoided"), ("FAILED", "PaymentFailed")],
)
def test_a_final_status_is_published_once_without_the_token(status: str, detail_type: str) -> None:
    final = {**ROW, "status": status, "amount": 2500, "version": 1, "correlationId": "c-1"}
    (event,) = published(ROW, final)
    assert (event["detail-type"], event["resources"]) == (detail_type, [ORDER])
    metadata = event["detail"].pop("metadata")
    assert event["detail"] == {"orderId": ORDER, "amount": 2500, "currency": "EUR"}
    assert (metadata["sequence"], metadata["correlationId"]) == (1, "c-1")
    manual_row = {name: value for name, value in ROW.items() if name != "status"}
    assert len(published(manual_row, final)) == 1
    assert published(final, {**final, "note": "manual"}) == []


@pytest.mark.parametrize(("stored", "shown"), [({"currency": "DKK"}, "DKK"), ({}, "EUR"), ({"currency": ""}, "EUR")])
@pytest.mark.parametrize("status", ["CAPTURED", "VOIDED", "FAILED"])
def test_amounts_are_in_the_orders_currency_not_in_todays(stored: Any, shown: str, status: str) -> None:
    """The environment's currency may change while an order is on its way. Older rows have none."""
    row = {**ROW, **stored}
    ended = {**row, "status": status, "amount": 2500, "version": 1}
    (event,) = published(row, ended)
    assert event["detail"]["currency"] == shown
    refund = {"refunded": 400, "refund": {"refundId": "refund-1", "amount": 400}, "version": 2}
    (event,) = published(ended, {**ended, **refund})
    assert (event["detail-type"], event["detail"]["currency"]) == ("PaymentRefunded", shown)


def test_no_other_change_is_published() -> None:
    assert published(None, ROW) == []
    assert published(ROW, {**ROW, "lowered": 1}) == []
    assert published({**ROW, "status": "CAPTURED"}, None) == []
