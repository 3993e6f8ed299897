"""The event that a change of the table publishes, checked against its schema."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ecom import jsons, row_history
from ecom.row_history import Move
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from warehouse.tests.builders import LOW_STOCK, NOON, SCHEMAS, held
from warehouse_service import domain
from warehouse_service.domain import Line, Request, Status
from warehouse_service.events import SOURCE, events_of
from warehouse_service.rows import StoredRequest, request_item, stored_request


def events(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    change = read_change(stream_record({"id": (new or old or {})["id"]}, old, new), SOURCE)
    documents = [event.document() for event in events_of(change, LOW_STOCK)]
    for document in documents:
        SCHEMAS.check(document["detail-type"], jsons.loads(jsons.dumps(document)))
    return documents


def started(*lines: Line) -> Request:
    return replace(held(), status=Status.IN_PROGRESS, lines=lines)


def written(old: Request, new: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    return request_item(StoredRequest(old, 3, 0), old, "request-1"), request_item(
        StoredRequest(old, 4, 0), new, "request-2"
    )


def test_package_created_leaves_out_lines_that_are_not_packaged() -> None:
    request = started(Line("kettle", 2, 1, tracked=True), Line("cup", 3, 0, tracked=False))
    (event,) = events(*written(request, domain.complete(request, "order-1", NOON)))
    assert (event["detail-type"], event["resources"]) == ("PackageCreated", ["order-1"])
    metadata = event["detail"].pop("metadata")
    assert event["detail"] == {"orderId": "order-1", "products": [{"productId": "kettle", "quantity": 1}]}
    assert (metadata["sequence"], metadata["correlationId"]) == (1, "request-2")


def test_failure_and_cancellation_are_published() -> None:
    empty = started(Line("kettle", 2, 0, tracked=True))
    assert [e["detail-type"] for e in events(*written(empty, domain.complete(empty, "order-1", NOON)))] == [
        "PackagingFailed"
    ]
    tombstone = request_item(StoredRequest(None), domain.cancel(None, "order-1", NOON), "request-1")
    (event,) = events(None, tombstone)
    assert (event["detail-type"], event["detail"]["metadata"]["sequence"]) == ("PackagingCancelled", 1)


@pytest.mark.parametrize("status", [Status.HELD, Status.LAPSED, Status.NEW, Status.IN_PROGRESS])
def test_other_transitions_publish_nothing(status: Status) -> None:
    old = held()
    assert events(*written(old, replace(old, status=status))) == []


def test_a_returned_package_publishes_nothing() -> None:
    done = domain.complete(started(Line("kettle", 2, 2, tracked=True)), "order-1", NOON)
    returned = domain.return_package(done)
    assert returned
    assert events(*written(done, returned)) == []


def test_a_deleted_item_publishes_nothing() -> None:
    assert events(request_item(StoredRequest(None), held(), "request-1"), None) == []


@pytest.mark.parametrize(("available", "level"), [(0, "OUT"), (LOW_STOCK, "LOW"), (LOW_STOCK + 1, "IN")])
def test_a_stock_change_has_the_available_units_and_the_level(available: int, level: str) -> None:
    item = {"id": "stock#kettle", "available": available, "reserved": 1, "version": 7, "correlationId": "c"}
    assert events(None, item) == []
    (event,) = events(None, {**item, "news": "StockChanged"})
    metadata = event["detail"].pop("metadata")
    assert event["detail"] == {"productId": "kettle", "available": available, "level": level}
    assert (event["resources"], metadata["sequence"]) == (["kettle"], 7)


def test_a_row_keeps_when_and_why_it_got_each_status() -> None:
    """The list of reservations is sorted by their end, so `since` of a reservation is not when it was made."""
    made = domain.reserve(None, "order-1", {"kettle": 1}, {"kettle": 5}, NOON, timedelta(minutes=15))
    reserved = request_item(StoredRequest(None), made, "request-1")
    later = NOON + timedelta(minutes=5)
    waiting = request_item(stored_request(reserved), replace(made, status=Status.NEW, since=later), "event-1")
    again = request_item(stored_request(waiting), replace(made, status=Status.NEW, since=later), "event-1")
    assert row_history.moves(again["history"]) == [Move(NOON, "HELD", "request-1"), Move(later, "NEW", "event-1")]
