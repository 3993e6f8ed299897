"""Packaging requests on a deployed platform: events in, steps of staff, events out."""

from collections.abc import Callable
from typing import Any

import pytest

from ecom_client.graphql_types import PackagingRequest
from ecom_client.journey import Refused, Staff
from ecom_client.made import new_id
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import DeadLetter, dead_letters_about
from warehouse.tests.deployed.conftest import Post

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.warehouse"
Publish = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def publish(platform_outside: Platform) -> Publish:
    """Publish an event as another service does."""

    def put(detail_type: str, detail: dict[str, Any]) -> None:
        source = "ecommerce.delivery" if detail_type.startswith("Delivery") else "ecommerce.orders"
        event = {"source": source, "detail-type": detail_type, "resources": [], "detail": detail}
        platform_outside.put_events([event])

    return put


def line(product_id: str, quantity: int = 1) -> dict[str, Any]:
    return {"productId": product_id, "quantity": quantity}


def request_in(clerk: Staff, order_id: str, status: str) -> PackagingRequest:
    found = poll(
        lambda: clerk.packaging(order_id),
        lambda request: request is not None and request["status"] == status,
        what=f"request {order_id} {status}",
    )
    assert found
    return found


def stock_becomes(clerk: Staff, product_id: str, available: int, reserved: int) -> None:
    poll(
        lambda: clerk.stock(product_id),
        lambda stock: stock is not None and (stock["available"], stock["reserved"]) == (available, reserved),
        what=f"{product_id}: {available} available, {reserved} reserved",
    )


def test_an_order_from_reservation_to_package_and_return(
    clerk: Staff, post: Post, publish: Publish, platform_outside: Platform, kettle: str, order_id: str
) -> None:
    clerk.set_stock(kettle, 10)
    assert post("reserve", {"orderId": order_id, "products": [line(kettle, 4)]}).status == 200
    order = {"orderId": order_id, "products": [line(kettle, 4)]}
    for _ in range(5):
        publish("OrderCreated", order)
    request = request_in(clerk, order_id, "NEW")
    assert request["products"] == [line(kettle, 4)]
    assert order_id in clerk.packaging_ids()
    with platform_outside.events(SOURCE) as caught:
        clerk.start_packaging(order_id)
        assert order_id not in clerk.packaging_ids()
        poll(lambda: order_id in clerk.started_packaging_ids())
        clerk.pack_only(order_id, kettle, 3)
        clerk.complete_packaging(order_id)
        poll(lambda: order_id not in clerk.started_packaging_ids())
        event = caught.wait_for(order_id, "PackageCreated")
    assert event["detail"]["products"] == [line(kettle, 3)]
    assert event["detail"]["metadata"]["sequence"] == 1
    stock_becomes(clerk, kettle, 7, 0)
    publish("OrderCreated", order)
    for _ in range(3):
        publish("DeliveryFailed", {"orderId": order_id})
    stock_becomes(clerk, kettle, 10, 0)
    assert request_in(clerk, order_id, "COMPLETED")["products"] == [line(kettle, 3)]


def test_an_order_without_a_reservation_is_packaged_or_fails(
    clerk: Staff, publish: Publish, platform_outside: Platform, kettle: str, order_id: str
) -> None:
    clerk.set_stock(kettle, 2)
    with platform_outside.events(SOURCE) as caught:
        publish("OrderCreated", {"orderId": order_id, "products": [{"productId": kettle}, line(kettle)]})
        request_in(clerk, order_id, "NEW")
        stock_becomes(clerk, kettle, 0, 2)
        late = new_id()
        publish("OrderCreated", {"orderId": late, "products": [line(kettle)]})
        caught.wait_for(late, "PackagingFailed")
    request_in(clerk, late, "FAILED")
    stock_becomes(clerk, kettle, 0, 2)


def test_an_empty_package_fails(
    clerk: Staff, publish: Publish, platform_outside: Platform, kettle: str, order_id: str
) -> None:
    clerk.set_stock(kettle, 2)
    publish("OrderCreated", {"orderId": order_id, "products": [line(kettle, 2)]})
    request_in(clerk, order_id, "NEW")
    with platform_outside.events(SOURCE) as caught:
        clerk.start_packaging(order_id)
        clerk.pack_only(order_id, kettle, 0)
        clerk.complete_packaging(order_id)
        caught.wait_for(order_id, "PackagingFailed")
        assert not caught.about(order_id, "PackageCreated")
    assert request_in(clerk, order_id, "FAILED")
    stock_becomes(clerk, kettle, 2, 0)


def test_an_order_is_cancelled_until_packaging_starts(
    clerk: Staff, post: Post, publish: Publish, platform_outside: Platform, kettle: str, order_id: str
) -> None:
    clerk.set_stock(kettle, 2)
    with platform_outside.events(SOURCE) as caught:
        assert post("cancel", {"orderId": order_id}).body == {"ok": True}
        caught.wait_for(order_id, "PackagingCancelled")
        publish("OrderCreated", {"orderId": order_id, "products": [line(kettle, 2)]})
        # A consumer that did not know the order could not react: the event is published again when the order arrives.
        poll(lambda: len(caught.about(order_id, "PackagingCancelled")) == 2)
    started = new_id()
    publish("OrderCreated", {"orderId": started, "products": [line(kettle, 2)]})
    request_in(clerk, started, "NEW")
    assert request_in(clerk, order_id, "CANCELLED")
    assert post("cancel", {"orderId": order_id}).status == 200
    clerk.start_packaging(started)
    late = post("cancel", {"orderId": started})
    assert (late.status, late.body) == (409, {"ok": False, "problems": [{"code": "PACKAGING_STARTED"}]})


def test_lines_change_with_the_order_and_a_deleted_order_frees_its_stock(
    clerk: Staff, publish: Publish, kettle: str, order_id: str
) -> None:
    clerk.set_stock(kettle, 5)
    order = {"orderId": order_id, "status": "NEW", "products": [line(kettle, 2)]}
    publish("OrderCreated", order)
    request_in(clerk, order_id, "NEW")
    new = {**order, "products": [line(kettle, 4)]}
    publish("OrderModified", {"old": order, "new": new, "changed": ["products", "total"]})
    stock_becomes(clerk, kettle, 1, 4)
    publish("OrderDeleted", new)
    stock_becomes(clerk, kettle, 5, 0)
    assert request_in(clerk, order_id, "CANCELLED")


def test_illegal_transitions_are_typed_errors(clerk: Staff, publish: Publish, kettle: str, order_id: str) -> None:
    publish("OrderCreated", {"orderId": order_id, "products": [line(kettle)]})
    request_in(clerk, order_id, "NEW")

    def refused(step: Callable[..., None], *arguments: Any) -> str:
        with pytest.raises(Refused) as error:
            step(*arguments)
        return str(error.value.types[0])

    assert refused(clerk.complete_packaging, order_id) == "ILLEGAL_MOVE"
    assert refused(clerk.pack_only, order_id, kettle, 1) == "ILLEGAL_MOVE"
    assert refused(clerk.start_packaging, new_id()) == "NOT_FOUND"
    clerk.start_packaging(order_id)
    assert refused(clerk.start_packaging, order_id) == "ILLEGAL_MOVE"
    assert refused(clerk.pack_only, order_id, kettle, 2) == "INVALID_INPUT"
    assert refused(clerk.pack_only, order_id, "other", 1) == "NOT_FOUND"
    assert request_in(clerk, order_id, "IN_PROGRESS")["products"] == [line(kettle)]


def test_an_invalid_event_is_a_dead_letter_with_its_reason(
    publish: Publish, platform_outside: Platform, order_id: str
) -> None:
    publish("OrderCreated", {"orderId": order_id, "products": [{"quantity": 1}]})

    def ours() -> list[DeadLetter]:
        # Every consumer of the event sends it to its own dead-letter queue.
        return [
            dead_letter
            for dead_letter in dead_letters_about(platform_outside, order_id)
            if "-warehouse-" in dead_letter.queue
        ]

    (dead_letter,) = poll(ours, what="a dead letter of the warehouse")
    assert "productId" in dead_letter.reason


def test_events_about_unknown_orders_store_nothing(
    clerk: Staff, publish: Publish, platform_outside: Platform, kettle: str, order_id: str
) -> None:
    order = {"orderId": order_id, "status": "NEW", "products": [line(kettle)]}
    publish("OrderDeleted", order)
    publish("OrderModified", {"old": order, "new": order, "changed": ["products"]})
    publish("DeliveryFailed", {"orderId": order_id})
    last = new_id()
    publish("OrderCreated", {**order, "orderId": last})
    request_in(clerk, last, "NEW")
    table = platform_outside.parameter("warehouse/table/name")
    key = {"id": {"S": f"order#{order_id}"}}
    assert "Item" not in platform_outside.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
