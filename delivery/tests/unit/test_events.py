"""A step of a delivery -> an event that fits its schema."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS, SCHEMAS
from delivery_service.events import SOURCE, events_of
from ecom import jsons
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record

NEW = {"orderId": "order-1", "status": "NEW", "address": ADDRESS, "version": 0, "correlationId": "event-1"}


def events(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    change = read_change(stream_record({"orderId": "order-1"}, old, new), SOURCE)
    documents = [event.document() for event in events_of(change)]
    for document in documents:
        SCHEMAS.check(document["detail-type"], jsons.loads(jsons.dumps(document)))
    return documents


@pytest.mark.parametrize(
    ("status", "expected"),
    [("IN_PROGRESS", "DeliveryStarted"), ("COMPLETED", "DeliveryCompleted"), ("FAILED", "DeliveryFailed")],
)
def test_each_step_is_published_with_the_address(status: str, expected: str) -> None:
    (event,) = events(NEW, {**NEW, "status": status, "version": 1, "correlationId": "request-1"})
    assert (event["detail-type"], event["resources"]) == (expected, ["order-1"])
    metadata = event["detail"].pop("metadata")
    assert event["detail"] == {"orderId": "order-1", "address": ADDRESS}
    assert (metadata["sequence"], metadata["correlationId"]) == (1, "request-1")


def test_new_unchanged_and_deleted_deliveries_publish_no_event() -> None:
    started = {**NEW, "status": "IN_PROGRESS"}
    assert events(None, NEW) == events(started, {**started, "note": "written manually"}) == events(started, None) == []


def test_only_the_start_is_published_with_the_shipment() -> None:
    shipment = {"carrier": "PostNord", "trackingNumber": "A-1"}
    started = {**NEW, **shipment, "status": "IN_PROGRESS"}
    (event,) = events(NEW, started)
    assert {name: event["detail"].get(name) for name in shipment} == shipment
    (event,) = events(started, {**started, "status": "COMPLETED"})
    assert not set(shipment) & set(event["detail"])
