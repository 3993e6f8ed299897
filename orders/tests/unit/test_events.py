"""A change of the table -> the events it means, each as its schema says."""

from typing import Any

import pytest

import orders_service
from ecom import jsons
from ecom.errors import InvalidEvent
from ecom.events import event_id
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from orders.tests.builders import LATER, by_hand, line, order
from orders_service.domain import PACKAGED, moved
from orders_service.events import SOURCE, events_of

SCHEMAS = Schemas.of_service(orders_service.__file__)
KEYS = {"orderId": order()["orderId"]}


def events(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    documents = [event.document() for event in events_of(read_change(stream_record(KEYS, old, new), SOURCE))]
    for document in documents:
        SCHEMAS.check(document["detail-type"], jsons.loads(jsons.dumps(document)))
    return documents


def test_a_new_order_is_announced_with_its_payment_token_and_without_our_bookkeeping() -> None:
    (event,) = events(None, order())
    detail = dict(event["detail"])
    metadata = detail.pop("metadata")
    assert (event["detail-type"], event["resources"]) == ("OrderCreated", [order()["orderId"]])
    assert detail == {
        key: value for key, value in order().items() if key not in ("version", "correlationId", "contentHash")
    }
    assert metadata == {
        "eventId": event_id(SOURCE, stream_record(KEYS, None, order())["eventID"]),
        "sequence": 1,
        "schemaVersion": "1",
        "correlationId": "request-1",
    }


def test_a_change_is_announced_whole_and_names_its_fields() -> None:
    new = {
        **moved(order(), PACKAGED, "PackageCreated", LATER),
        "packagedDate": "2026-03-01T13:00:00.000Z",
        "version": 2,
    }
    (event,) = events(order(), new)
    assert event["detail-type"] == "OrderModified"
    assert event["detail"]["changed"] == ["history", "modifiedDate", "packagedDate", "status"]
    assert (event["detail"]["old"]["status"], event["detail"]["new"]["status"]) == ("NEW", "PACKAGED")
    assert event["detail"]["metadata"]["sequence"] == 2
    assert "version" not in event["detail"]["new"]


def test_nested_fields_are_dotted() -> None:
    (event,) = events(order(), order(address={**order()["address"], "city": "Elsewhere"}))
    assert event["detail"]["changed"] == ["address.city"]


def test_our_bookkeeping_is_no_news() -> None:
    assert events(order(), order(version=2, correlationId="other", refunds={"a": 1})) == []


def test_a_deleted_order_is_announced_as_it_was() -> None:
    (event,) = events(order(), None)
    assert (event["detail-type"], event["detail"]["total"]) == ("OrderDeleted", 11940)


BARE = {key: by_hand()[key] for key in ("orderId", "userId", "createdDate")}


@pytest.mark.parametrize("put", [by_hand(), {**BARE, "products": [{"productId": "kettle"}]}])
def test_an_order_put_by_hand_is_announced_without_a_sequence(put: dict[str, Any]) -> None:
    (event,) = events(None, put)
    assert {key: value for key, value in event["detail"].items() if key != "metadata"} == put
    assert "sequence" not in event["detail"]["metadata"]


ODD: list[dict[str, Any]] = [
    {"total": "1"},
    {"products": [line(price=-1)]},
    {"products": [line(quantity=0)]},
    {"products": "kettle"},
    {"address": {"city": 7}},
    {"status": 7},
    {"history": "none"},
    {"paymentToken": 7},
    {"paymentToken": ""},
    {"products": None},
]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_order_breaks_the_schema_and_is_announced_once_it_is_mended(odd: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        events(None, order(**odd))
    (event,) = events(order(**odd), order())
    assert event["detail-type"] == "OrderCreated"
    assert events(order(**odd), None) == []


def test_reading_a_record_again_gives_the_same_event() -> None:
    assert events(order(), order(total=1)) == events(order(), order(total=1))
