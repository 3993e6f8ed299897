"""What is told again says what the owner's row says, fits its schema, and is the same every time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import reconciliation_service
from ecom.events import OutgoingEvent
from ecom.schemas import Schemas
from reconciliation.tests.builders import ADDRESS, NOW, ORDER, TOTAL, image, records, with_order, with_request
from reconciliation_service.domain import judge
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.repair import SOURCES, MissingData, events_of
from reconciliation_service.snapshots import COMPLETED, FULFILLED, NEW, PACKAGED, OrderRecords

SCHEMAS = Schemas.of_service(reconciliation_service.__file__)


def told(about: OrderRecords, *names: str) -> list[OutgoingEvent]:
    return events_of(about, [Finding(Kind.STUCK_ORDER, {"orderId": ORDER}, "", "", None, names)])


def detail(about: OrderRecords, name: str) -> dict[str, Any]:
    (event,) = told(about, name)
    return dict(event.detail)


@pytest.mark.parametrize("name", SOURCES)
def test_every_fact_fits_the_schema_of_its_owner(name: str) -> None:
    (event,) = told(records(FULFILLED), name)
    SCHEMAS.check(name, event.document())
    assert event.resources == (ORDER,)
    assert event.metadata.correlation_id == "correlation-1"


def test_the_order_is_told_as_it_stands_without_our_bookkeeping() -> None:
    said = detail(records(NEW), "OrderCreated")
    assert said == {
        key: value for key, value in image().items() if key not in ("version", "correlationId", "contentHash")
    }


def test_payment_hears_the_image_and_the_warehouse_does_not() -> None:
    said = detail(records(PACKAGED), "OrderModified")
    assert said["changed"] == ["packagedDate", "total"]
    assert "products" not in said["changed"]
    (event,) = told(records(PACKAGED), "OrderModified")
    assert event.metadata.sequence == 3


def test_the_package_is_what_the_warehouse_packed() -> None:
    less = with_request(records(NEW), status=COMPLETED)
    assert less.request is not None
    kettle, mug = less.request.lines
    packed = with_request(less, lines=(replace(kettle, packaged=1), replace(mug, packaged=0)))
    assert detail(packed, "PackageCreated")["products"] == [{"productId": "kettle", "quantity": 1}]


def test_a_package_that_the_warehouse_does_not_know_is_what_the_order_says() -> None:
    said = detail(replace(records(PACKAGED), request=None), "PackageCreated")
    assert said["products"] == [{"productId": "kettle", "quantity": 2}, {"productId": "mug", "quantity": 4}]


def test_the_address_is_the_deliverys_or_the_orders() -> None:
    assert detail(records(FULFILLED), "DeliveryCompleted")["address"] == ADDRESS
    assert detail(replace(records(FULFILLED), delivery=None), "DeliveryCompleted")["address"] == ADDRESS


def test_the_amount_is_what_was_captured() -> None:
    assert detail(records(FULFILLED), "PaymentCaptured")["amount"] == TOTAL


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("OrderCreated", replace(records(NEW), order=None)),
        ("PackageCreated", replace(records(NEW), request=None)),
        ("DeliveryCompleted", with_order(replace(records(FULFILLED), delivery=None), image={})),
    ],
)
def test_what_no_row_says_is_not_made_up(name: str, about: OrderRecords) -> None:
    with pytest.raises(MissingData):
        told(about, name)


def test_each_fact_is_told_once_and_images_come_first() -> None:
    held = replace(records(FULFILLED), payment=None, ledger={})
    found = judge(held, NOW, Limits.of(timedelta()))
    assert [event.detail_type for event in events_of(held, [*found, *found])] == ["OrderModified", "DeliveryCompleted"]


def test_telling_again_is_the_same_event() -> None:
    first, second = told(records(NEW), "OrderCreated"), told(records(NEW), "OrderCreated")
    assert first == second
