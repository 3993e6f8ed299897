"""Deployed deliveries: packages in, the steps of staff, events out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from delivery.tests.builders import ADDRESS
from ecom.dynamo import typed
from ecom_client.graphql_types import Delivery, Shipment
from ecom_client.journey import Refused, Staff
from ecom_client.made import new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.delivery"
Package = Callable[..., None]


@pytest.fixture(scope="session")
def driver(platform_outside: Platform) -> Iterator[Staff]:
    with temporary_user(platform_outside, "delivery") as person:
        yield Staff(platform_outside, person)


@pytest.fixture
def order_id(platform_outside: Platform) -> str:
    """An order that is written to the orders table directly."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"productId": "kettle", "name": "Kettle", "package": {"weight": 1}, "price": 100, "quantity": 1}
    order = {
        "orderId": new_id(),
        "userId": new_id(),
        "createdDate": now,
        "modifiedDate": now,
        "status": "NEW",
        "products": [line],
        "address": ADDRESS,
        "deliveryPrice": 0,
        "total": 100,
        "paymentToken": new_id(),
    }
    dynamodb, table = platform_outside.client("dynamodb"), platform_outside.parameter("orders/table/name")
    dynamodb.put_item(TableName=table, Item=typed(order))
    return str(order["orderId"])


@pytest.fixture
def package(platform_outside: Platform) -> Package:
    """Publish PackageCreated, as the warehouse does."""

    def put(order_id: str, **changes: Any) -> None:
        detail = {"orderId": order_id, "products": [{"productId": "kettle", "quantity": 1}], **changes}
        event = {"source": "ecommerce.warehouse", "detail-type": "PackageCreated", "resources": [], "detail": detail}
        platform_outside.put_events([event])

    return put


def opened(driver: Staff, order_id: str) -> Delivery:
    found = poll(lambda: driver.delivery(order_id), what=f"delivery of {order_id}")
    assert found
    return found


def listed(driver: Staff) -> list[str]:
    return [each["orderId"] for each in driver.deliveries()]


def refused(step: Callable[[str], object], order_id: str) -> str:
    with pytest.raises(Refused) as error:
        step(order_id)
    return str(error.value.types[0])


@pytest.mark.parametrize(("last", "event"), [("complete", "DeliveryCompleted"), ("fail", "DeliveryFailed")])
def test_a_package_is_delivered(
    driver: Staff, package: Package, platform_outside: Platform, order_id: str, last: str, event: str
) -> None:
    package(order_id)
    assert opened(driver, order_id)["address"] == {"name": ADDRESS["name"], "country": ADDRESS["country"]}
    assert order_id in listed(driver)
    finish = {"complete": driver.complete_delivery, "fail": driver.fail_delivery}[last]
    with platform_outside.events(SOURCE) as caught:
        driver.start_delivery(order_id)
        assert order_id not in listed(driver)
        finish(order_id)
        shipment: Shipment = {"carrier": "Courier", "trackingNumber": order_id}
        assert opened(driver, order_id)["shipment"] == shipment
        started, finished = caught.wait_for(order_id, "DeliveryStarted"), caught.wait_for(order_id, event)
    assert shipment.items() <= started["detail"].items()
    assert started["detail"]["address"] == finished["detail"]["address"] == ADDRESS
    assert [each["detail"]["metadata"]["sequence"] for each in (started, finished)] == [1, 2]
    for _ in range(3):
        package(order_id)
    again = {"complete": driver.complete_delivery, "fail": driver.fail_delivery}
    assert [refused(step, order_id) for step in (driver.start_delivery, *again.values())] == ["ILLEGAL_MOVE"] * 3
    assert order_id not in listed(driver)


def test_a_delivery_is_started_with_a_shipment(
    driver: Staff, package: Package, platform_outside: Platform, order_id: str
) -> None:
    package(order_id)
    assert opened(driver, order_id)["shipment"] is None
    with platform_outside.events(SOURCE) as caught:
        with pytest.raises(Refused) as refusal:
            driver.start_delivery(order_id, tracking_number="a/b")
        assert refusal.value.types == ["INVALID_INPUT"]
        for _ in range(2):
            driver.start_delivery(order_id, "PostNord", "A-1")
        with pytest.raises(Refused) as refusal:
            driver.start_delivery(order_id, "PostNord", "A-2")
        assert refusal.value.types == ["ILLEGAL_MOVE"]
        assert refused(driver.start_delivery, order_id) == "ILLEGAL_MOVE"
        started = caught.wait_for(order_id, "DeliveryStarted")["detail"]
    assert (started["carrier"], started["trackingNumber"], started["metadata"]["sequence"]) == ("PostNord", "A-1", 1)
    assert opened(driver, order_id)["shipment"] == {"carrier": "PostNord", "trackingNumber": "A-1"}


def test_illegal_steps_are_typed_errors(driver: Staff, package: Package, order_id: str) -> None:
    for step in (driver.start_delivery, driver.complete_delivery, driver.fail_delivery):
        assert refused(step, order_id) == "NOT_FOUND"
    package(order_id)
    opened(driver, order_id)
    assert refused(driver.complete_delivery, order_id) == "ILLEGAL_MOVE"
    assert refused(driver.fail_delivery, order_id) == "ILLEGAL_MOVE"
    assert order_id in listed(driver)


def test_a_package_of_an_unknown_order_gives_no_delivery_and_delays_no_other(
    driver: Staff, package: Package, platform_outside: Platform, order_id: str
) -> None:
    unknown = new_id()
    package(unknown)
    package(order_id)
    opened(driver, order_id)
    assert driver.delivery(unknown) is None
    assert dead_letters_about(platform_outside, unknown) == []


def test_an_invalid_event_is_a_dead_letter_with_the_reason(
    package: Package, platform_outside: Platform, order_id: str
) -> None:
    package(order_id, products="a kettle")
    dead_letters = poll(
        lambda: [each for each in dead_letters_about(platform_outside, order_id) if "delivery" in each.queue.lower()],
        what="a dead letter of delivery",
    )
    assert "products" in dead_letters[0].reason


def test_shoppers_and_warehouse_staff_are_unauthorized(
    platform_outside: Platform, shopper: Person, order_id: str
) -> None:
    with temporary_user(platform_outside, "warehouse") as packer:
        for person in (shopper, packer):
            staff = Staff(platform_outside, person)
            for call in (staff.delivery, staff.start_delivery):
                assert refused(call, order_id) == "Unauthorized"
