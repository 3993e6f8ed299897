"""Events on the bus fit their registered schemas. Consumers send invalid events to their dead-letter queues.

The fixture `recording` judges all journeys at their end; here is an order whose events are looked at one by one.
"""

import json
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest

from ecom_client.journey import Shopper, Staff, lines, new_product
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
READ = [event for event in EVENTS if event.consumers]


def test_the_registry_has_the_schemas_of_the_checkout(platform_outside: Platform) -> None:
    registry = Registry(platform_outside)
    assert set(registry.schemas()) == {f"{event.source}@{event.name}" for event in EVENTS}
    client = platform_outside.client("schemas")
    for event in EVENTS:
        name = f"{event.source}@{event.name}"
        found = client.describe_schema(RegistryName=registry.name, SchemaName=name)
        content = json.loads(found["Content"])
        assert (content["title"], content["description"]) == (event.name, event.description)
        assert found["Type"] == "JSONSchemaDraft4"
        assert "common.json" not in found["Content"], "a reader of the registry has this document alone"
        for shown in event.examples:
            assert registry.faults(shown.event) == []
        for shown in event.refused:
            assert registry.faults(shown.event) or registry.faults({**shown.event, "source": event.source})


def test_every_event_of_an_order_fits_its_schema(
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
            event["detail-type"] == "ProductCreated"  # written directly to the table: no service counted its changes
        )
    modified = [cast("OrderModified", event["detail"]) for event in events if event["detail-type"] == "OrderModified"]
    numbers = [detail["metadata"]["sequence"] for detail in modified]
    assert sorted(numbers) == list(range(2, 2 + len(numbers))), "a consumer would see a gap"
    assert {detail["new"]["orderId"] for detail in modified} == {order_id}


def test_the_recording_notices_an_invalid_event(platform_outside: Platform) -> None:
    registry = Registry(platform_outside)
    (fault,) = registry.faults(refused("UserCreated", "user-1"))
    assert fault == "ecommerce.users@UserCreated: detail breaks `required`"
    unknown = {**example("UserCreated", "user-1"), "detail-type": "UserVanished"}
    assert registry.faults(unknown) == ["ecommerce.users@UserVanished is not registered"]


@pytest.mark.parametrize("event", READ, ids=lambda event: event.name)
def test_an_invalid_event_becomes_a_dead_letter_of_each_consumer_without_other_effects(
    platform_outside: Platform, recording: Recording, event: Event
) -> None:
    subject = f"test-{uuid.uuid4()}"
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
