"""A change of the table -> events that fit their schemas."""

from collections.abc import Mapping
from typing import Any

import pytest

import products_service
from ecom import jsons
from ecom.dynamo import typed
from ecom.errors import InvalidEvent
from ecom.events import event_id
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from products.tests.builders import product
from products_service.events import SOURCE, events_of

SCHEMAS = Schemas.of_service(products_service.__file__)


def record(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    images = {"OldImage": old, "NewImage": new}
    return {
        "eventID": "record-1",
        "dynamodb": {
            "Keys": {"productId": {"S": "kettle"}},
            "SequenceNumber": "1",
            **{name: typed(image) for name, image in images.items() if image is not None},
        },
    }


def events(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    documents = [event.document() for event in events_of(read_change(record(old, new), SOURCE))]
    for document in documents:
        SCHEMAS.check(document["detail-type"], jsons.loads(jsons.dumps(document)))
    return documents


def test_a_new_product_is_published_with_its_version_and_request_id() -> None:
    (event,) = events(None, {**product(), "version": 1, "correlationId": "request-1"})
    assert event["detail-type"] == "ProductCreated"
    assert event["resources"] == ["kettle"]
    assert event["detail"] == {
        **product(),
        "metadata": {
            "eventId": event_id(SOURCE, "record-1"),
            "sequence": 1,
            "schemaVersion": "1",
            "correlationId": "request-1",
        },
    }


def test_a_manually_written_product_has_no_sequence() -> None:
    (event,) = events(None, product())
    assert "sequence" not in event["detail"]["metadata"]


def test_a_change_lists_the_changed_fields_dotted_when_nested() -> None:
    new = product(price=1, package={**product()["package"], "width": 1})
    (event,) = events(product(), new)
    assert event["detail-type"] == "ProductModified"
    assert event["detail"]["changed"] == ["package.width", "price"]
    assert (event["detail"]["old"], event["detail"]["new"]) == (product(), new)


def test_a_change_of_private_attributes_is_not_published() -> None:
    assert events({**product(), "version": 1}, {**product(), "version": 2}) == []


def test_a_deletion_publishes_the_deleted_product() -> None:
    (event,) = events(product(), None)
    assert event["detail-type"] == "ProductDeleted"
    assert event["detail"]["price"] == 3990


@pytest.mark.parametrize("old", [None, product()])
def test_reading_a_record_again_gives_the_same_event(old: dict[str, Any] | None) -> None:
    assert events(old, product(price=1)) == events(old, product(price=1))


INVALID: list[dict[str, Any]] = [
    {"name": None},
    {"price": "3990"},
    {"price": 3_990_000_000},
    {"package": {"width": "1"}},
]


@pytest.mark.parametrize("changes", INVALID)
def test_an_invalid_item_was_never_published_as_a_product(
    changes: dict[str, Any],
) -> None:
    (event,) = events(product(**changes), product())
    assert event["detail-type"] == "ProductCreated"
    assert events(product(**changes), None) == []


@pytest.mark.parametrize("changes", INVALID)
@pytest.mark.parametrize("old", [None, product()])
def test_an_invalid_item_breaks_the_schema(old: dict[str, Any] | None, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        events(old, product(**changes))


def test_binary_data_is_not_a_text() -> None:
    change = record(None, product())
    change["dynamodb"]["NewImage"]["name"] = {"B": "AP8="}
    (event,) = events_of(read_change(change, SOURCE))
    with pytest.raises(TypeError):
        jsons.dumps(event.document())


def test_unset_dimensions_are_left_out() -> None:
    (event,) = events(None, product(package={"width": None, "length": 2}))
    assert event["detail"]["package"] == {"length": 2}
