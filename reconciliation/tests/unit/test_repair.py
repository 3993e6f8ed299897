"""Repair events have the data of the owner's row, fit their schema, and are the same every time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import reconciliation_service
from ecom.events import OutgoingEvent
from ecom.schemas import Schemas
from reconciliation.tests.builders import ADDRESS, NOW, ORDER, TOTAL, order_item, records, with_order, with_request
from reconciliation_service.domain import judge
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.repair import SOURCES, MissingData, events_of
from reconciliation_service.snapshots import COMPLETED, FULFILLED, NEW, PACKAGED, OrderRecords

SCHEMAS = Schemas.of_service(reconciliation_service.__file__)


def repaired(about: OrderRecords, *names: str) -> list[OutgoingEvent]:
    return events_of(about, [Finding(Kind.STUCK_ORDER, {"orderId": ORDER}, "", "", None, names)])


def detail(about: OrderRecords, name: str) -> dict[str, Any]:
    (event,) = repaired(about, name)
    return dict(event.detail)


@pytest.mark.parametrize("name", SOURCES)
def test_every_event_fits_its_schema(name: str) -> None:
    (event,) = repaired(records(FULFILLED), name)
    SCHEMAS.check(name, event.document())
    assert event.resources == (ORDER,)
    assert event.metadata.correlation_id == "correlation-1"


def test_the_order_is_published_without_private_fields() -> None:
    private = ("version", "correlationId", "contentHash", "refunds", "followedUntil")
    about = with_order(records(NEW), image={**order_item(), "followedUntil": 1_790_000_000, "refunds": {"r1": 100}})
    assert detail(about, "OrderCreated") == {key: value for key, value in order_item().items() if key not in private}


def test_order_modified_reaches_payment_and_not_the_warehouse() -> None:
    content = detail(records(PACKAGED), "OrderModified")
    assert content["changed"] == ["packagedDate", "total"]
    assert "products" not in content["changed"]
    (event,) = repaired(records(PACKAGED), "OrderModified")
    assert event.metadata.sequence == 3


@pytest.mark.parametrize("name", SOURCES)
def test_only_an_event_of_the_order_has_the_sequence_of_the_order(name: str) -> None:
    """Other services count the changes of their own rows. An event without a sequence is true at any time."""
    (event,) = repaired(records(FULFILLED), name)
    assert event.metadata.sequence == (3 if name.startswith("Order") else None)


def test_an_amount_has_the_currency_of_its_order() -> None:
    assert "currency" not in detail(records(FULFILLED), "PaymentCaptured")
    about = with_order(records(FULFILLED), image={**order_item(), "currency": "DKK"})
    assert detail(about, "PaymentCaptured")["currency"] == "DKK"


def test_a_started_delivery_is_published_with_its_shipment() -> None:
    shipment = {"carrier": "PostNord", "trackingNumber": "A-1"}
    about = records(FULFILLED)
    assert about.delivery is not None
    shipped = replace(about, delivery=replace(about.delivery, shipment=shipment))
    assert detail(shipped, "DeliveryStarted") == {"orderId": ORDER, "address": ADDRESS, **shipment}
    assert set(detail(about, "DeliveryStarted")) == {"orderId", "address"}


def test_the_package_has_the_units_that_the_warehouse_packed() -> None:
    less = with_request(records(NEW), status=COMPLETED)
    assert less.request is not None
    kettle, mug = less.request.lines
    packed = with_request(less, lines=(replace(kettle, packaged=1), replace(mug, packaged=0)))
    assert detail(packed, "PackageCreated")["products"] == [{"productId": "kettle", "quantity": 1}]


def test_without_a_request_the_package_is_that_of_the_order() -> None:
    content = detail(replace(records(PACKAGED), request=None), "PackageCreated")
    assert content["products"] == [{"productId": "kettle", "quantity": 2}, {"productId": "mug", "quantity": 4}]


def test_the_address_is_that_of_the_delivery_or_the_order() -> None:
    assert detail(records(FULFILLED), "DeliveryCompleted")["address"] == ADDRESS
    assert detail(replace(records(FULFILLED), delivery=None), "DeliveryCompleted")["address"] == ADDRESS


def test_the_amount_is_the_captured_one() -> None:
    assert detail(records(FULFILLED), "PaymentCaptured")["amount"] == TOTAL


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("OrderCreated", replace(records(NEW), order=None)),
        ("PackageCreated", replace(records(NEW), request=None)),
        ("DeliveryCompleted", with_order(replace(records(FULFILLED), delivery=None), image={})),
    ],
)
def test_missing_data_raises(name: str, about: OrderRecords) -> None:
    with pytest.raises(MissingData):
        repaired(about, name)


def test_each_event_is_published_once_and_orders_first() -> None:
    held = replace(records(FULFILLED), payment=None, ledger={})
    found = judge(held, NOW, Limits.of(timedelta()))
    assert [event.detail_type for event in events_of(held, [*found, *found])] == ["OrderModified", "DeliveryCompleted"]


def test_a_second_repair_publishes_the_same_event() -> None:
    first, second = repaired(records(NEW), "OrderCreated"), repaired(records(NEW), "OrderCreated")
    assert first == second
