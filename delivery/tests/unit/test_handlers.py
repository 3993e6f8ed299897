"""The handlers, with fakes."""

import json
from typing import Any

import pytest

import delivery_service
from delivery.tests.builders import ADDRESS, NOON, delivery, order, package
from delivery.tests.fakes import DeliveriesInMemory
from delivery_service import bootstrap
from delivery_service.domain import COMPLETE, START, Status
from delivery_service.handlers import graphql_delivery_steps, graphql_get_deliveries, on_package_created
from delivery_service.repository import PAGE
from ecom.order_ids import order_id_of
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, field_event, queue_record, records
from ecom_testkit.orders import OrdersInMemory
from ecom_testkit.queue_spy import QueueSpy


@pytest.fixture
def deliveries(monkeypatch: pytest.MonkeyPatch) -> DeliveriesInMemory:
    fake = DeliveriesInMemory()
    monkeypatch.setattr(bootstrap, "deliveries", lambda: fake)
    monkeypatch.setattr(bootstrap.runtime, "now", lambda: NOON)
    return fake


class Consumer:
    """The function behind the queue, with fakes around it."""

    def __init__(self, deliveries: DeliveriesInMemory) -> None:
        self.deliveries = deliveries
        self.orders, self.queue, self.dead_letters = OrdersInMemory(order()), QueueSpy(), DeadLetterSpy()

    def handle(self, *events: Any) -> list[str]:
        """Return the ids of the messages that are retried later."""
        batch = records(*(queue_record(event, number=number) for number, event in enumerate(events)))
        failures = on_package_created.handler(batch, None)["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in failures]


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch, deliveries: DeliveriesInMemory) -> Consumer:
    made = Consumer(deliveries)
    runtime = Runtime(delivery_service.__file__, queue=made.queue, dead_letters=made.dead_letters, now=lambda: NOON)
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "orders", lambda: made.orders)
    return made


class TestPackageCreated:
    def test_a_package_is_delivered_to_the_address_of_its_order(self, consumer: Consumer) -> None:
        assert consumer.handle(package(), package()) == []
        assert consumer.deliveries.items == {"order-1": delivery()}

    def test_a_repeated_event_changes_nothing(self, consumer: Consumer) -> None:
        consumer.handle(package())
        consumer.deliveries.take_step("order-1", START, NOON, "request-1")
        consumer.deliveries.take_step("order-1", COMPLETE, NOON, "request-2")
        before = dict(consumer.deliveries.items)
        assert consumer.handle(*[package()] * 5) == []
        assert consumer.deliveries.items == before

    @pytest.mark.parametrize(
        ("metadata", "correlation_id"), [({"metadata": {"correlationId": "cart-7"}}, "cart-7"), ({}, package()["id"])]
    )
    def test_the_correlation_id_of_the_event_is_stored(
        self, consumer: Consumer, metadata: dict[str, Any], correlation_id: str
    ) -> None:
        consumer.handle(package(**metadata))
        assert consumer.deliveries.written_by == {"order-1": correlation_id}

    def test_an_unknown_order_gives_no_delivery(self, consumer: Consumer, capsys: pytest.CaptureFixture[str]) -> None:
        assert consumer.handle(package("unknown")) == []
        assert (consumer.deliveries.items, consumer.dead_letters.messages) == ({}, [])
        assert "PackageOfUnknownOrder" in capsys.readouterr().out

    def test_without_an_answer_of_orders_only_that_message_is_retried(self, consumer: Consumer) -> None:
        consumer.orders.unavailable = True
        assert consumer.handle(package()) == ["message-0"]
        assert (consumer.deliveries.items, consumer.queue.waits) == ({}, [5])
        consumer.orders.unavailable = False
        assert consumer.handle(package()) == []
        assert consumer.deliveries.get("order-1") == delivery()

    @pytest.mark.parametrize(
        "event",
        [
            "no event",
            json.dumps(["no event"]),
            package(orderId=""),
            package("x" * 3000),
            {**package(), "detail": {"orderId": "order-1"}},
            {**package(), "detail-type": "SomethingElse"},
        ],
    )
    def test_an_invalid_event_is_a_dead_letter_with_the_reason(self, consumer: Consumer, event: Any) -> None:
        assert consumer.handle(event) == []
        ((_, error),) = consumer.dead_letters.messages
        assert error.message
        assert consumer.deliveries.items == {}

    def test_an_order_without_an_address_is_a_dead_letter(self, consumer: Consumer) -> None:
        consumer.orders.orders["order-1"] = order(address={"name": "Jo"})
        assert consumer.handle(package()) == []
        ((_, error),) = consumer.dead_letters.messages
        assert "streetAddress" in error.message


def ask(handler: Any, field: str, **arguments: Any) -> Any:
    return handler(field_event(field, arguments), LambdaContext())


class TestStaff:
    def test_all_pages_of_new_deliveries(self, deliveries: DeliveriesInMemory) -> None:
        for number in range(PAGE + 1):
            deliveries.open(delivery(f"order-{number:02}"), "")
        first = ask(graphql_get_deliveries.handler, "getNewDeliveries")
        assert first["deliveries"][0] == {"orderId": "order-00", "address": ADDRESS, "shipment": None}
        second = ask(graphql_get_deliveries.handler, "getNewDeliveries", nextToken=first["nextToken"])
        assert (len(second["deliveries"]), second["nextToken"]) == (1, None)
        assert (
            ask(graphql_get_deliveries.handler, "getNewDeliveries", nextToken="bad")["error"]["type"] == "INVALID_TOKEN"
        )

    def test_a_delivery_or_null_is_returned(self, deliveries: DeliveriesInMemory) -> None:
        deliveries.open(delivery(), "")
        found = ask(graphql_get_deliveries.handler, "getDelivery", input={"orderId": "order-1"})
        assert found == {"orderId": "order-1", "address": ADDRESS, "shipment": None}
        for unknown in ("unknown", "", "x" * 3000):
            assert ask(graphql_get_deliveries.handler, "getDelivery", input={"orderId": unknown}) is None

    @pytest.mark.parametrize(
        ("last", "status"), [("completeDelivery", Status.COMPLETED), ("failDelivery", Status.FAILED)]
    )
    def test_the_steps_of_a_delivery(self, deliveries: DeliveriesInMemory, last: str, status: Status) -> None:
        deliveries.open(delivery(), "")
        given = {"orderId": "order-1"}
        assert ask(graphql_delivery_steps.handler, last, input=given)["error"]["type"] == "ILLEGAL_MOVE"
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=given) == {"success": True}
        assert ask(graphql_delivery_steps.handler, last, input=given) == {"success": True}
        assert deliveries.items["order-1"].status is status
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=given)["error"]["type"] == "ILLEGAL_MOVE"

    def test_a_start_names_the_shipment_or_the_platform_does(self, deliveries: DeliveriesInMemory) -> None:
        for order_id in ("order-1", "order-2"):
            deliveries.open(delivery(order_id), "")
        named = {"orderId": "order-1", "carrier": "PostNord", "trackingNumber": "A-1"}
        for _ in range(2):
            assert ask(graphql_delivery_steps.handler, "startDelivery", input=named) == {"success": True}
        other = ask(graphql_delivery_steps.handler, "startDelivery", input={**named, "trackingNumber": "A-2"})
        assert other["error"]["type"] == "ILLEGAL_MOVE"
        without = {"orderId": "order-2", "carrier": None}
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=without) == {"success": True}
        assert [self.shipment_of(order_id) for order_id in ("order-1", "order-2")] == [
            {"carrier": "PostNord", "trackingNumber": "A-1"},
            {"carrier": "Courier", "trackingNumber": "order-2"},
        ]

    @staticmethod
    def shipment_of(order_id: str) -> Any:
        return ask(graphql_get_deliveries.handler, "getDelivery", input={"orderId": order_id})["shipment"]

    def test_an_impossible_shipment_is_refused_and_changes_nothing(self, deliveries: DeliveriesInMemory) -> None:
        deliveries.open(delivery(), "")
        bad = {"orderId": "order-1", "trackingNumber": "a/b"}
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=bad)["error"]["type"] == "INVALID_INPUT"
        assert deliveries.items["order-1"] == delivery()

    def test_a_made_number_is_no_other_deliverys(self, deliveries: DeliveriesInMemory) -> None:
        first, second = (order_id_of("user-1", token) for token in ("token-1", "token-2"))
        for order_id in (first, second):
            deliveries.open(delivery(order_id), "")
        taken = {"orderId": first, "trackingNumber": second}
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=taken)["error"]["type"] == "INVALID_INPUT"
        assert deliveries.items[first] == delivery(first)
        for order_id in (first, second):
            assert ask(graphql_delivery_steps.handler, "startDelivery", input={"orderId": order_id}) == {
                "success": True
            }
        assert [self.shipment_of(each)["trackingNumber"] for each in (first, second)] == [first, second]

    @pytest.mark.parametrize("order_id", ["unknown", "", "\ud800"])
    def test_an_unknown_delivery_is_not_found(self, deliveries: DeliveriesInMemory, order_id: str) -> None:
        answer = ask(graphql_delivery_steps.handler, "startDelivery", input={"orderId": order_id})
        assert answer["error"]["type"] == "NOT_FOUND"
