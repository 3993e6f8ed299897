"""Events on the bus fit their registered schemas; an event that does not becomes a dead letter of each consumer.

The fixture `recording` checks the events of all journeys at the end. These tests check the events of one order.
"""

import json
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest

from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about
from ecom_testkit.examples import example, refused
from ecom_testkit.registry import Recording, Registry
from tools.events.catalogue import Event, read_events

if TYPE_CHECKING:
    from ecom.contracts.orders import OrderModified

pytestmark = pytest.mark.deployed

EVENTS = read_events()
CONSUMED = [event for event in EVENTS if event.consumers]


def test_the_registry_holds_the_schemas_of_the_checkout(platform_outside: Platform) -> None:
    registry = Registry(platform_outside)
    assert set(registry.schemas()) == {f"{event.source}@{event.name}" for event in EVENTS}
    client = platform_outside.client("schemas")
    for event in EVENTS:
        name = f"{event.source}@{event.name}"
        found = client.describe_schema(RegistryName=registry.name, SchemaName=name)
        content = json.loads(found["Content"])
        assert (content["title"], content["description"]) == (event.name, event.description)
        assert found["Type"] == "JSONSchemaDraft4"
        assert "common.json" not in found["Content"], "a schema in the registry is complete in itself"
        for each in event.examples:
            assert registry.faults(each.event) == []
        for each in event.refused:
            assert registry.faults(each.event) or registry.faults({**each.event, "source": event.source})


def test_every_event_of_an_order_fits_its_registered_schema(
    platform_outside: Platform, buyer: Shopper, staff: Staff, recording: Recording
) -> None:
    product = new_product(platform_outside)
    staff.set_stock(product["productId"], 3)
    order_id = buyer.buy(lines((product, 2)))["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    staff.pack(order_id)
    poll(lambda: staff.delivery(order_id), what="delivery")
    staff.deliver(order_id)
    buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")

    def seen() -> list[dict[str, Any]]:
        ids = (order_id, product["productId"])
        return [event for event in recording.events() if set(event["resources"]) & set(ids)]

    wanted = {
        "OrderCreated",
        "OrderModified",
        "PackageCreated",
        "DeliveryStarted",
        "DeliveryCompleted",
        "PaymentCaptured",
        "ProductCreated",
        "StockChanged",
    }
    events = poll(seen, until=lambda found: {event["detail-type"] for event in found} >= wanted, what="the events")
    for event in events:
        assert recording.registry.faults(event) == []
        assert {"eventId", "schemaVersion", "correlationId", "sequence"} <= set(event["detail"]["metadata"]) or (
            event["detail-type"] == "ProductCreated"  # written to the table directly, so the item has no version
        )
    modified = [cast("OrderModified", event["detail"]) for event in events if event["detail-type"] == "OrderModified"]
    numbers = [detail["metadata"]["sequence"] for detail in modified]
    assert sorted(numbers) == list(range(2, 2 + len(numbers))), "the sequence has a gap"
    assert {detail["new"]["orderId"] for detail in modified} == {order_id}


def test_an_event_that_breaks_its_schema_or_has_none_is_reported(platform_outside: Platform) -> None:
    registry = Registry(platform_outside)
    (fault,) = registry.faults(refused("UserCreated", "user-1"))
    assert fault == "ecommerce.users@UserCreated: detail breaks `required`"
    unregistered = {**example("UserCreated", "user-1"), "detail-type": "UserVanished"}
    assert registry.faults(unregistered) == ["ecommerce.users@UserVanished is not registered"]


@pytest.mark.parametrize("event", CONSUMED, ids=lambda event: event.name)
def test_an_invalid_event_becomes_a_dead_letter_of_each_consumer_and_causes_no_event(
    platform_outside: Platform, recording: Recording, event: Event
) -> None:
    subject = new_id()
    platform_outside.put_events([refused(event.name, subject, str(uuid.uuid4()))])
    dead_letters = poll(
        lambda: dead_letters_about(platform_outside, subject),
        until=lambda found: len(found) >= len(event.consumers),
        seconds=60,
        what=f"dead letters of {', '.join(event.consumers)}",
    )
    queues = sorted(dead_letter.queue for dead_letter in dead_letters)
    assert len(queues) == len(set(queues)) == len(event.consumers)
    for dead_letter in dead_letters:
        assert event.name in dead_letter.reason
    assert [other for other in recording.events() if subject in other["resources"]] == []
