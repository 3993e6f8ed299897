"""Handlers over the fakes: translation in and out."""

import json
from typing import Any, cast

import pytest

from ecom.http import Unreachable
from ecom.publish import Publisher
from ecom_testkit.lambda_events import (
    LambdaContext,
    bus_event,
    person,
    queue_record,
    records,
    rest_event,
    stream_record,
)
from ecom_testkit.metric_lines import sums
from orders.tests.builders import USER, item, manual_item, order
from orders.tests.world import World, call
from orders_service import bootstrap
from orders_service.graphql_view import to_graphql
from orders_service.handlers import (
    graphql_cancel_order,
    graphql_get_orders,
    graphql_on_order_changed,
    on_fulfilment_event,
    on_table_change,
    rest_get_order,
)
from orders_service.repository import PAGE_SIZE

ID = item()["orderId"]
UNREADABLE = manual_item(total="much")


class TestGetOrders:
    def test_own_orders(self, world: World) -> None:
        for number in range(PAGE_SIZE + 1):
            world.orders.items[f"o{number}"] = manual_item(orderId=f"o{number}")
        world.orders.items["foreign"] = item("another-user", orderId="foreign")
        first = call(graphql_get_orders.handler, "getOrders", person(USER))
        second = call(graphql_get_orders.handler, "getOrders", person(USER), nextToken=first["nextToken"])
        assert len({each["orderId"] for each in first["orders"] + second["orders"]}) == PAGE_SIZE + 1
        assert second["nextToken"] is None
        stolen = call(graphql_get_orders.handler, "getOrders", person("another-user"), nextToken=first["nextToken"])
        assert stolen["error"]["type"] == "INVALID_TOKEN"

    @pytest.mark.parametrize(
        ("caller", "is_found"),
        [
            (person(USER), True),
            (person("boss", "admin"), True),
            (person("another-user"), False),
            (person("staff", "warehouse", "delivery"), False),
            (None, False),
        ],
    )
    def test_an_order_of_another_user_is_null_like_a_missing_one_except_for_admins(
        self, world: World, caller: dict[str, Any] | None, is_found: bool
    ) -> None:
        world.orders.items[ID] = item()
        answer = call(graphql_get_orders.handler, "getOrder", caller, orderId=ID)
        assert answer == (to_graphql(order(), "EUR") if is_found else None)
        assert call(graphql_get_orders.handler, "getOrder", caller, orderId="unknown") is None

    def test_admins_read_the_orders_of_any_user_page_by_page(self, world: World) -> None:
        for number in range(PAGE_SIZE + 1):
            world.orders.items[f"o{number}"] = manual_item(orderId=f"o{number}")
        world.orders.items["foreign"] = item("another-user", orderId="foreign")
        boss = person("boss", "admin")
        first = call(graphql_get_orders.handler, "getOrdersByUser", boss, userId=USER)
        assert first == call(graphql_get_orders.handler, "getOrders", person(USER))
        token = first["nextToken"]
        second = call(graphql_get_orders.handler, "getOrdersByUser", boss, userId=USER, nextToken=token)
        assert len({each["orderId"] for each in first["orders"] + second["orders"]}) == PAGE_SIZE + 1
        other = call(graphql_get_orders.handler, "getOrdersByUser", boss, userId="another-user", nextToken=token)
        assert other["error"]["type"] == "INVALID_TOKEN"

    @pytest.mark.parametrize("user_id", ["unknown", "", "x" * 3000, "\ud800"])
    def test_an_unknown_user_has_no_orders(self, world: World, user_id: str) -> None:
        answer = call(graphql_get_orders.handler, "getOrdersByUser", person("boss", "admin"), userId=user_id)
        assert answer == {"orders": [], "nextToken": None}

    @pytest.mark.parametrize("caller", [person(USER), person("w", "warehouse", "delivery"), None])
    def test_only_admins_read_the_orders_of_a_user(self, world: World, caller: dict[str, Any] | None) -> None:
        world.orders.items[ID] = item()
        answer = call(graphql_get_orders.handler, "getOrdersByUser", caller, userId=USER)
        assert answer["error"]["type"] == "Unauthorized"

    def test_private_attributes_and_the_payment_token_are_not_returned(self, world: World) -> None:
        world.orders.items[ID] = item()
        answer = call(graphql_get_orders.handler, "getOrder", person(USER), orderId=ID)
        assert not {"paymentToken", "version", "contentHash", "correlationId"} & set(answer)
        assert item()["paymentToken"] not in json.dumps(answer)

    def test_an_unreadable_item_does_not_fail_a_page(self, world: World) -> None:
        world.orders.items["odd"] = manual_item(orderId="odd", total="much")
        bare = {"orderId": "bare", "userId": USER, "createdDate": "2026-01-01", "products": [{"productId": "kettle"}]}
        world.orders.items["bare"] = bare
        (only,) = call(graphql_get_orders.handler, "getOrders", person(USER))["orders"]
        assert (only["orderId"], only["status"], only["total"], only["history"]) == ("bare", "NEW", 0, [])
        assert only["products"][0] == {
            "productId": "kettle",
            "name": "kettle",
            "package": {"width": None, "length": None, "height": None, "weight": None},
            "price": 0,
            "quantity": 1,
            "currency": "EUR",
        }
        assert all(only["address"][name] == "" for name in ("name", "streetAddress", "city", "country", "phoneNumber"))

    @pytest.mark.parametrize(("stored", "shown"), [({"currency": "DKK"}, "DKK"), ({}, "EUR")])
    def test_an_order_shows_its_currency_else_the_platforms(
        self, world: World, stored: dict[str, Any], shown: str
    ) -> None:
        world.orders.items[ID] = manual_item(**stored)
        found = call(graphql_get_orders.handler, "getOrder", person(USER), orderId=ID)
        assert [found["currency"], *(line["currency"] for line in found["products"])] == [shown] * 3
        (listed,) = call(graphql_get_orders.handler, "getOrders", person(USER))["orders"]
        assert listed == found

    def test_an_unreadable_item_is_null(self, world: World) -> None:
        world.orders.items[ID] = UNREADABLE
        assert call(graphql_get_orders.handler, "getOrder", person(USER), orderId=ID) is None


class TestCancelOrder:
    @pytest.mark.parametrize("caller", [person(USER), person("boss", "admin"), person("clerk", "warehouse")])
    def test_the_owner_and_staff_cancel(self, world: World, caller: dict[str, Any]) -> None:
        world.orders.items[ID] = item()
        answer = call(graphql_cancel_order.handler, "cancelOrder", caller, orderId=ID)
        assert answer["status"] == "CANCELLED"
        assert answer["history"][-1]["cause"] == "cancelOrder"
        assert call(graphql_cancel_order.handler, "cancelOrder", caller, orderId=ID) == answer
        assert world.others.calls == ["cancel"]

    @pytest.mark.parametrize("caller", [person("another-user"), person("driver", "delivery"), None])
    @pytest.mark.parametrize("stored", [item(), UNREADABLE])
    def test_an_order_of_another_user_is_not_found(
        self, world: World, caller: dict[str, Any] | None, stored: dict[str, Any]
    ) -> None:
        world.orders.items[ID] = stored
        foreign = call(graphql_cancel_order.handler, "cancelOrder", caller, orderId=ID)
        missing = call(graphql_cancel_order.handler, "cancelOrder", caller, orderId="unknown")
        assert foreign == missing
        assert (foreign["error"]["type"], world.others.calls) == ("NOT_FOUND", [])

    def test_a_service_cancels_the_order_of_its_user_alone(self, world: World) -> None:
        world.orders.items[ID] = item()
        foreign = graphql_cancel_order.handler({"orderId": ID, "userId": "another-user"}, LambdaContext())
        assert foreign["error"]["type"] == "NOT_FOUND"
        assert graphql_cancel_order.handler({"orderId": ID, "userId": USER}, LambdaContext())["status"] == "CANCELLED"

    def test_a_cancellation_after_packaging_started_is_refused(self, world: World) -> None:
        world.orders.items[ID] = item(status="PACKAGED")
        answer = call(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)
        assert answer["error"]["type"] == "ILLEGAL_MOVE"
        world.orders.items[ID], world.others.cancelled = item(), False
        answer = call(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)
        assert answer["error"]["type"] == "ILLEGAL_MOVE"
        assert world.orders.items[ID] == item()

    def test_no_answer_of_the_warehouse_is_try_again(self, world: World) -> None:
        world.orders.items[ID], world.others.cancelled = item(), Unreachable("503")
        answer = call(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)
        assert answer["error"]["type"] == "TRY_AGAIN"
        assert world.orders.items[ID] == item()

    def test_an_unreadable_item_is_try_again_and_is_not_changed(self, world: World) -> None:
        world.orders.items[ID] = UNREADABLE
        answer = call(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)
        assert (answer["error"]["type"], world.others.calls) == ("TRY_AGAIN", [])
        assert world.orders.items[ID] == UNREADABLE


class TestRestGetOrder:
    def get(self, order_id: str) -> tuple[int, Any]:
        event = {**rest_event("GET", f"/backend/{order_id}", None), "pathParameters": {"orderId": order_id}}
        answer = rest_get_order.handler(event, LambdaContext())
        return answer["statusCode"], json.loads(answer["body"])

    def test_the_order_without_private_attributes(self, world: World) -> None:
        world.orders.items[ID] = item(note="manual")
        status, body = self.get(ID)
        assert (status, body["paymentToken"], body["note"]) == (200, item()["paymentToken"], "manual")
        assert not {"version", "correlationId", "contentHash"} & set(body)

    def test_an_unreadable_item_as_it_is(self, world: World) -> None:
        world.orders.items[ID] = UNREADABLE
        assert self.get(ID) == (200, UNREADABLE)

    def test_a_missing_order_is_404(self, world: World) -> None:
        status, body = self.get("unknown")
        assert (status, list(body)) == (404, ["message"])


class TestOnOrderChanged:
    @pytest.mark.parametrize(
        "caller", [person(USER), person("a", "admin"), person("w", "warehouse"), person("d", "delivery")]
    )
    @pytest.mark.parametrize("stored", [item(), UNREADABLE])
    def test_the_owner_and_staff_may_follow(self, world: World, caller: dict[str, Any], stored: dict[str, Any]) -> None:
        world.orders.items[ID] = stored
        assert call(graphql_on_order_changed.handler, "onOrderChanged", caller, orderId=ID) is None
        assert world.orders.items[ID]["followedUntil"] == "2026-03-02T12:00:00.000Z"

    @pytest.mark.parametrize("caller", [person("another-user"), person("x", "customers"), None])
    def test_other_users_may_not_follow(self, world: World, caller: dict[str, Any] | None) -> None:
        world.orders.items[ID] = item()
        for order_id in (ID, "unknown", ""):
            answer = call(graphql_on_order_changed.handler, "onOrderChanged", caller, orderId=order_id)
            assert answer["error"]["type"] == "Unauthorized"
        assert world.orders.items == {ID: item()}


def deliver(detail_type: str, order_id: str = ID, **detail: Any) -> None:
    producers = {"Delivery": "delivery", "Payment": "payment", "Packag": "warehouse"}
    (service,) = (service for prefix, service in producers.items() if detail_type.startswith(prefix))
    event = bus_event(f"ecommerce.{service}", detail_type, {"orderId": order_id, **detail}, resources=[order_id])
    assert on_fulfilment_event.handler(records(queue_record(event)), None) == {"batchItemFailures": []}


class TestOnFulfilmentEvent:
    def test_an_event_changes_the_order(self, world: World) -> None:
        world.orders.items[ID] = item()
        deliver("DeliveryCompleted", metadata={"eventId": "e-1", "correlationId": "c-1"})
        assert world.orders.items[ID]["status"] == "FULFILLED"
        assert (world.orders.items[ID]["version"], world.orders.items[ID]["correlationId"]) == (2, "c-1")

    def test_a_package_changes_lines_and_total(self, world: World) -> None:
        world.orders.items[ID] = item()
        deliver("PackageCreated", products=[{"productId": "kettle", "quantity": 1}])
        assert world.orders.items[ID]["total"] == 3990

    @pytest.mark.parametrize(
        ("detail_type", "name", "value"),
        [
            ("PackagingFailed", "status", "PACKAGING_FAILED"),
            ("PackagingCancelled", "status", "CANCELLED"),
            ("DeliveryStarted", "status", "SHIPPED"),
            ("DeliveryFailed", "status", "DELIVERY_FAILED"),
            ("PaymentCaptured", "paymentStatus", "CAPTURED"),
            ("PaymentVoided", "paymentStatus", "VOIDED"),
            ("PaymentFailed", "paymentStatus", "FAILED"),
            ("PaymentRefunded", "paymentStatus", "REFUNDED"),
        ],
    )
    def test_each_event_sets_its_status(self, world: World, detail_type: str, name: str, value: str) -> None:
        world.orders.items[ID] = item()
        deliver(detail_type, amount=11940)
        assert world.orders.items[ID][name] == value
        assert world.dead_letters.messages == []

    def test_stale_events_and_unknown_orders_are_counted_and_change_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counted: list[str] = []
        monkeypatch.setattr(on_fulfilment_event, "count", counted.append)
        world.orders.items[ID] = item(status="CANCELLED")
        deliver("DeliveryCompleted")
        deliver("DeliveryCompleted", "unknown")
        assert counted == ["StaleEvent", "EventOfUnknownOrder"]
        assert world.orders.items == {ID: item(status="CANCELLED")}
        assert world.dead_letters.messages == []

    def test_an_event_that_cannot_belong_to_its_order_goes_to_the_dead_letter_queue_with_its_reason(
        self, world: World
    ) -> None:
        world.orders.items[ID] = item()
        deliver("PackageCreated", products=[{"productId": "kettle", "quantity": 3}])
        deliver("PackageCreated", products="kettle")
        reasons = [error.message for _, error in world.dead_letters.messages]
        assert "more than was ordered" in reasons[0]
        assert "products" in reasons[1]
        assert world.orders.items[ID] == item()

    def test_an_event_about_an_unreadable_item_goes_to_the_dead_letter_queue(self, world: World) -> None:
        world.orders.items[ID] = UNREADABLE
        deliver("DeliveryCompleted")
        ((_, error),) = world.dead_letters.messages
        assert error.message == "the stored item is not a valid order: total has another type"
        assert world.orders.items[ID] == UNREADABLE

    def test_a_refund_delivered_under_another_id_counts_once(self, world: World) -> None:
        world.orders.items[ID] = item()
        for delivery in ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"):
            detail = {"orderId": ID, "amount": 5970, "metadata": {"eventId": "refund-1"}}
            event = bus_event("ecommerce.payment", "PaymentRefunded", detail, id=delivery)
            assert on_fulfilment_event.handler(records(queue_record(event)), None) == {"batchItemFailures": []}
        assert world.orders.items[ID]["refunds"] == {"refund-1": 5970}
        assert world.orders.items[ID]["paymentStatus"] == "PARTIALLY_REFUNDED"


class Bus:
    """EventBridge's PutEvents."""

    def __init__(self) -> None:
        self.published: list[str] = []

    def put_events(self, Entries: Any) -> Any:  # noqa: N803 - boto3's own name
        self.published += [entry["DetailType"] for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "any"} for _ in Entries]}


class TestOnTableChange:
    def test_an_unreadable_item_goes_to_the_dead_letter_queue_and_the_others_are_published(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bus = Bus()
        publisher = Publisher(cast("Any", bus), "bus", bootstrap.runtime.schemas)
        monkeypatch.setitem(vars(bootstrap.runtime), "publisher", publisher)
        batch = records(
            stream_record({"orderId": ID}, None, UNREADABLE, number=1),
            stream_record({"orderId": ID}, None, item(), number=2),
        )
        assert on_table_change.handler(batch, None) == {"batchItemFailures": []}
        assert (bus.published, len(world.dead_letters.messages)) == (["OrderCreated"], 1)
        assert sums(capsys.readouterr().out) == {"OrdersCreated": 1, "OrderValue": item()["total"]}
