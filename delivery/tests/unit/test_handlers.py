"""Translation in and out, over the fakes."""

import json
from typing import Any

import pytest

from delivery.tests.builders import ADDRESS, NOON, SCHEMAS, delivery, order
from delivery.tests.fakes import DeliveriesInMemory
from delivery_service import bootstrap
from delivery_service.domain import COMPLETE, START, Status
from delivery_service.handlers import graphql_delivery_steps, graphql_get_deliveries, on_package_created
from delivery_service.repository import PAGE
from ecom.contracts.warehouse import PackageCreated
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event, queue_record, records
from ecom_testkit.orders import OrdersInMemory
from ecom_testkit.queue_spy import QueueSpy


@pytest.fixture
def deliveries(monkeypatch: pytest.MonkeyPatch) -> DeliveriesInMemory:
    fake = DeliveriesInMemory()
    monkeypatch.setattr(bootstrap, "deliveries", lambda: fake)
    monkeypatch.setattr(bootstrap, "now", lambda: NOON)
    monkeypatch.setattr(bootstrap, "schemas", lambda: SCHEMAS)
    return fake


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> OrdersInMemory:
    fake = OrdersInMemory(order())
    monkeypatch.setattr(bootstrap, "orders", lambda: fake)
    return fake


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> QueueSpy:
    fake = QueueSpy()
    monkeypatch.setattr(bootstrap, "packages_queue", lambda: fake)
    return fake


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> DeadLetterSpy:
    put_away = DeadLetterSpy()
    monkeypatch.setattr(bootstrap, "dead_letters", lambda: put_away)
    return put_away


def package(order_id: str = "order-1", **changes: Any) -> dict[str, Any]:
    detail: PackageCreated = {"orderId": order_id, "products": [{"productId": "kettle", "quantity": 1}]}
    return bus_event("ecommerce.warehouse", "PackageCreated", {**detail, **changes})


def handled(*events: Any) -> list[str]:
    """The messages that come back."""
    batch = records(*(queue_record(event, number=number) for number, event in enumerate(events)))
    failures = on_package_created.handler(batch, None)["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in failures]


@pytest.mark.usefixtures("letters")
class TestOpenDelivery:
    def test_a_package_gets_its_address(
        self, deliveries: DeliveriesInMemory, orders: OrdersInMemory, queue: QueueSpy
    ) -> None:
        assert handled(package(), package()) == []
        assert deliveries.items == {"order-1": delivery()}

    def test_a_package_that_is_announced_again_changes_nothing(
        self, deliveries: DeliveriesInMemory, orders: OrdersInMemory, queue: QueueSpy
    ) -> None:
        handled(package())
        deliveries.move("order-1", START, NOON, "request-1")
        deliveries.move("order-1", COMPLETE, NOON, "request-2")
        before = dict(deliveries.items)
        assert handled(*[package()] * 5) == []
        assert deliveries.items == before

    def test_an_order_that_does_not_exist_leaves_no_row(
        self,
        deliveries: DeliveriesInMemory,
        orders: OrdersInMemory,
        queue: QueueSpy,
        letters: DeadLetterSpy,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert handled(package("unknown")) == []
        assert (deliveries.items, letters.letters) == ({}, [])
        assert "PackageOfUnknownOrder" in capsys.readouterr().out

    def test_no_answer_is_no_no_and_only_that_message_comes_back(
        self, deliveries: DeliveriesInMemory, orders: OrdersInMemory, queue: QueueSpy
    ) -> None:
        orders.away = True
        assert handled(package()) == ["message-0"]
        assert (deliveries.items, queue.waits) == ({}, [5])
        orders.away = False
        assert handled(package()) == []
        assert deliveries.get("order-1") == delivery()

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
    def test_what_makes_no_sense_is_put_away_with_its_reason(
        self,
        deliveries: DeliveriesInMemory,
        orders: OrdersInMemory,
        queue: QueueSpy,
        letters: DeadLetterSpy,
        event: Any,
    ) -> None:
        assert handled(event) == []
        ((_, error),) = letters.letters
        assert error.message
        assert deliveries.items == {}

    def test_an_order_without_an_address_is_put_away(
        self, deliveries: DeliveriesInMemory, orders: OrdersInMemory, queue: QueueSpy, letters: DeadLetterSpy
    ) -> None:
        orders.orders["order-1"] = order(address={"name": "Jo"})
        assert handled(package()) == []
        ((_, error),) = letters.letters
        assert "streetAddress" in error.message


def ask(handler: Any, field: str, **arguments: Any) -> Any:
    return handler(field_event(field, arguments), LambdaContext())


class TestStaff:
    def test_lists(self, deliveries: DeliveriesInMemory) -> None:
        for number in range(PAGE + 1):
            deliveries.open(delivery(f"order-{number:02}"), "")
        first = ask(graphql_get_deliveries.handler, "getNewDeliveries")
        assert first["deliveries"][0] == {"orderId": "order-00", "address": ADDRESS}
        second = ask(graphql_get_deliveries.handler, "getNewDeliveries", nextToken=first["nextToken"])
        assert (len(second["deliveries"]), second["nextToken"]) == (1, None)
        assert (
            ask(graphql_get_deliveries.handler, "getNewDeliveries", nextToken="bad")["error"]["type"] == "INVALID_TOKEN"
        )

    def test_one(self, deliveries: DeliveriesInMemory) -> None:
        deliveries.open(delivery(), "")
        found = ask(graphql_get_deliveries.handler, "getDelivery", input={"orderId": "order-1"})
        assert found == {"orderId": "order-1", "address": ADDRESS}
        for unknown in ("unknown", "", "x" * 3000):
            assert ask(graphql_get_deliveries.handler, "getDelivery", input={"orderId": unknown}) is None

    @pytest.mark.parametrize(
        ("last", "status"), [("completeDelivery", Status.COMPLETED), ("failDelivery", Status.FAILED)]
    )
    def test_moves(self, deliveries: DeliveriesInMemory, last: str, status: Status) -> None:
        deliveries.open(delivery(), "")
        given = {"orderId": "order-1"}
        assert ask(graphql_delivery_steps.handler, last, input=given)["error"]["type"] == "ILLEGAL_MOVE"
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=given) == {"success": True}
        assert ask(graphql_delivery_steps.handler, last, input=given) == {"success": True}
        assert deliveries.items["order-1"].status is status
        assert ask(graphql_delivery_steps.handler, "startDelivery", input=given)["error"]["type"] == "ILLEGAL_MOVE"

    @pytest.mark.parametrize("order_id", ["unknown", "", "\ud800"])
    def test_what_does_not_exist(self, deliveries: DeliveriesInMemory, order_id: str) -> None:
        answer = ask(graphql_delivery_steps.handler, "startDelivery", input={"orderId": order_id})
        assert answer["error"]["type"] == "NOT_FOUND"
