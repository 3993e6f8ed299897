"""A change of the table -> the published events, checked against their schemas."""

from typing import Any

import pytest

import orders_service
from ecom import jsons
from ecom.errors import InvalidEvent
from ecom.events import event_id
from ecom.schemas import Schemas
from ecom.stored_orders import short
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from orders.tests.builders import LATER, item, kettle, manual_item, order
from orders_service.domain import Status, transition
from orders_service.events import SOURCE, events_of
from orders_service.rows import item_from_order

SCHEMAS = Schemas.of_service(orders_service.__file__)
KEYS = {"orderId": item()["orderId"]}


def events(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    documents = [event.document() for event in events_of(read_change(stream_record(KEYS, old, new), SOURCE), "EUR")]
    for document in documents:
        SCHEMAS.check(document["detail-type"], jsons.loads(jsons.dumps(document)))
    return documents


def test_a_new_order_is_published_with_its_payment_token_and_without_private_attributes() -> None:
    (event,) = events(None, item())
    detail = dict(event["detail"])
    metadata = detail.pop("metadata")
    assert (event["detail-type"], event["resources"]) == ("OrderCreated", [item()["orderId"]])
    assert detail == {
        key: value for key, value in item().items() if key not in ("version", "correlationId", "contentHash")
    }
    assert metadata == {
        "eventId": event_id(SOURCE, stream_record(KEYS, None, item())["eventID"]),
        "sequence": 1,
        "schemaVersion": "1",
        "correlationId": "request-1",
    }


def test_a_change_is_published_with_both_orders_and_the_changed_fields() -> None:
    new = {
        **item_from_order(transition(order(), Status.PACKAGED, "PackageCreated", LATER)),
        "packagedDate": "2026-03-01T13:00:00.000Z",
        "version": 2,
    }
    (event,) = events(item(), new)
    assert event["detail-type"] == "OrderModified"
    assert event["detail"]["changed"] == ["history", "modifiedDate", "packagedDate", "status"]
    assert (event["detail"]["old"]["status"], event["detail"]["new"]["status"]) == ("NEW", "PACKAGED")
    assert event["detail"]["metadata"]["sequence"] == 2
    assert "version" not in event["detail"]["new"]


def test_nested_fields_are_dotted() -> None:
    (event,) = events(item(), item(address={**item()["address"], "city": "Elsewhere"}))
    assert event["detail"]["changed"] == ["address.city"]


def test_a_change_of_private_attributes_is_not_published() -> None:
    assert events(item(), item(version=2, correlationId="other", refunds={"a": 1})) == []


@pytest.mark.parametrize(
    ("until", "followed"),
    [("2026-03-01T13:00:00.000Z", True), ("2026-03-01T12:59:59.999Z", False), (None, False), (7, False)],
)
def test_a_change_says_whether_the_order_is_followed(until: Any, followed: bool) -> None:
    marked = {**item(), "followedUntil": until} if until else item()
    changed = item_from_order(transition(order(), Status.PACKAGED, "PackageCreated", LATER))
    (event,) = events(marked, {**changed, **({"followedUntil": until} if until else {})})
    assert event["detail"].get("followed", False) is followed
    assert "followedUntil" not in event["detail"]["new"]


def test_a_new_follower_is_no_event() -> None:
    assert events(item(), item(followedUntil="2026-03-02T12:00:00.000Z")) == []


def test_a_deleted_order_is_published_as_it_was() -> None:
    (event,) = events(item(), None)
    assert (event["detail-type"], event["detail"]["total"]) == ("OrderDeleted", 11940)


BARE = {key: manual_item()[key] for key in ("orderId", "userId", "createdDate")}


@pytest.mark.parametrize("put", [manual_item(), {**BARE, "products": [{"productId": "kettle"}]}])
def test_a_manually_written_order_is_published_without_a_sequence(put: dict[str, Any]) -> None:
    (event,) = events(None, put)
    detail = {key: value for key, value in event["detail"].items() if key != "metadata"}
    assert detail == {**put, "currency": "EUR"}
    assert "sequence" not in event["detail"]["metadata"]


@pytest.mark.parametrize(("stored", "published"), [("DKK", "DKK"), (None, "EUR")])
def test_every_event_has_the_currency_of_its_order_else_the_platforms(stored: str | None, published: str) -> None:
    old, new = item(currency=stored), item(currency=stored, status="PACKAGED")
    (created,), (modified,), (deleted,) = events(None, old), events(old, new), events(old, None)
    orders = [created["detail"], modified["detail"]["old"], modified["detail"]["new"], deleted["detail"]]
    assert [each["currency"] for each in orders] == [published] * 4
    assert modified["detail"]["changed"] == ["status"]


ODD: list[dict[str, Any]] = [
    {"total": "1"},
    {"products": [kettle(price=-1)]},
    {"products": [kettle(quantity=0)]},
    {"products": "kettle"},
    {"address": {"city": 7}},
    {"status": 7},
    {"history": "none"},
    {"paymentToken": 7},
    {"paymentToken": ""},
    {"products": None},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_invalid_item_breaks_the_schema_and_is_published_once_it_is_corrected(odd: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        events(None, item(**odd))
    (event,) = events(item(**odd), item())
    assert event["detail-type"] == "OrderCreated"
    assert events(item(**odd), None) == []


def test_a_record_that_is_read_again_gives_the_same_event() -> None:
    assert events(item(), item(total=1)) == events(item(), item(total=1))


def test_an_event_does_not_show_how_an_order_is_stored() -> None:
    changed = item_from_order(transition(order(), Status.PACKAGED, "PackageCreated", LATER))
    (event,) = events(short(item()), short(changed))
    (expected,) = events(item(), changed)
    assert event["detail"] == expected["detail"]
    (event,) = events(item(), short(changed))
    assert event["detail"]["changed"] == expected["detail"]["changed"]
