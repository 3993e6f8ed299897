"""Translation in and out, over the fakes."""

import json
from typing import Any

import pytest

from ecom.http import Unreachable
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event, person, rest_event
from orders.tests.builders import NOON, USER, by_hand, order, request
from orders.tests.fakes import AtOnce, OrdersInMemory, Others
from orders_service import bootstrap
from orders_service.create_order import Placing
from orders_service.domain import CANCELLED, PACKAGED
from orders_service.graphql_view import shown
from orders_service.handlers import (
    graphql_cancel_order,
    graphql_create_order,
    graphql_get_orders,
    graphql_on_order_changed,
    on_fulfilment_event,
    rest_get_order,
)
from orders_service.repository import PAGE

ID = order()["orderId"]


class World:
    def __init__(self) -> None:
        self.orders = OrdersInMemory()
        self.others = Others()
        self.letters = DeadLetterSpy()
        self.placing = Placing(self.orders, self.others, self.others, AtOnce(), lambda: 0.0)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(bootstrap, "orders", lambda: made.orders)
    monkeypatch.setattr(bootstrap, "placing", lambda: made.placing)
    monkeypatch.setattr(bootstrap, "warehouse", lambda: made.others)
    monkeypatch.setattr(bootstrap, "dead_letters", lambda: made.letters)
    monkeypatch.setattr(bootstrap, "now", lambda: NOON)
    return made


def ask(handler: Any, field: str, who: dict[str, Any] | None, **arguments: Any) -> Any:
    return handler(field_event(field, arguments, who), LambdaContext())


class TestPlace:
    def test_the_owner_is_who_is_signed_in(self, world: World) -> None:
        answer = ask(graphql_create_order.handler, "createOrder", person(USER), order=request())
        assert (answer["success"], answer["order"]["userId"]) == (True, USER)
        assert world.orders.items[ID]["correlationId"] == LambdaContext().aws_request_id

    def test_nobody_orders_nothing(self, world: World) -> None:
        assert (
            ask(graphql_create_order.handler, "createOrder", None, order=request())["error"]["type"] == "Unauthorized"
        )

    def test_a_service_may_order_for_somebody(self, world: World) -> None:
        answer = graphql_create_order.handler({"order": request(), "userId": USER}, LambdaContext())
        assert answer["order"]["orderId"] == ID


class TestRead:
    def test_own_orders(self, world: World) -> None:
        for number in range(PAGE + 1):
            world.orders.items[f"o{number}"] = by_hand(orderId=f"o{number}")
        world.orders.items["foreign"] = order("somebody-else", orderId="foreign")
        first = ask(graphql_get_orders.handler, "getOrders", person(USER))
        rest = ask(graphql_get_orders.handler, "getOrders", person(USER), nextToken=first["nextToken"])
        assert len({each["orderId"] for each in first["orders"] + rest["orders"]}) == PAGE + 1
        assert rest["nextToken"] is None
        stolen = ask(graphql_get_orders.handler, "getOrders", person("somebody-else"), nextToken=first["nextToken"])
        assert stolen["error"]["type"] == "INVALID_TOKEN"

    @pytest.mark.parametrize(
        ("who", "seen"),
        [(person(USER), True), (person("somebody-else"), False), (person("staff", "admin", "warehouse"), False)],
    )
    def test_somebody_elses_order_is_as_one_that_is_not_there(
        self, world: World, who: dict[str, Any], seen: bool
    ) -> None:
        world.orders.items[ID] = order()
        assert ask(graphql_get_orders.handler, "getOrder", who, orderId=ID) == (shown(order()) if seen else None)
        assert ask(graphql_get_orders.handler, "getOrder", who, orderId="unknown") is None

    def test_what_is_nobodys_business_is_not_shown(self, world: World) -> None:
        world.orders.items[ID] = order()
        answer = ask(graphql_get_orders.handler, "getOrder", person(USER), orderId=ID)
        assert not {"paymentToken", "version", "contentHash", "correlationId"} & set(answer)
        assert order()["paymentToken"] not in json.dumps(answer)

    def test_an_odd_order_takes_no_page_with_it(self, world: World) -> None:
        world.orders.items["odd"] = by_hand(orderId="odd", total="much")
        bare = {"orderId": "bare", "userId": USER, "createdDate": "2026-01-01", "products": [{"productId": "kettle"}]}
        world.orders.items["bare"] = bare
        (only,) = ask(graphql_get_orders.handler, "getOrders", person(USER))["orders"]
        assert (only["orderId"], only["status"], only["total"], only["history"]) == ("bare", "NEW", 0, [])
        assert only["products"][0] == {
            "productId": "kettle",
            "name": "kettle",
            "package": {"width": None, "length": None, "height": None, "weight": None},
            "price": 0,
            "quantity": 1,
        }
        assert all(only["address"][name] == "" for name in ("name", "streetAddress", "city", "country", "phoneNumber"))


class TestCancel:
    @pytest.mark.parametrize("who", [person(USER), person("boss", "admin"), person("clerk", "warehouse")])
    def test_the_owner_and_staff_cancel(self, world: World, who: dict[str, Any]) -> None:
        world.orders.items[ID] = order()
        answer = ask(graphql_cancel_order.handler, "cancelOrder", who, orderId=ID)
        assert answer["status"] == CANCELLED
        assert answer["history"][-1]["cause"] == "cancelOrder"
        assert ask(graphql_cancel_order.handler, "cancelOrder", who, orderId=ID) == answer
        assert world.others.asked == ["cancel"]

    @pytest.mark.parametrize("who", [person("somebody-else"), person("driver", "delivery")])
    def test_for_others_there_is_no_such_order(self, world: World, who: dict[str, Any]) -> None:
        world.orders.items[ID] = order()
        foreign = ask(graphql_cancel_order.handler, "cancelOrder", who, orderId=ID)
        missing = ask(graphql_cancel_order.handler, "cancelOrder", who, orderId="unknown")
        assert foreign == missing
        assert (foreign["error"]["type"], world.others.asked) == ("NOT_FOUND", [])

    def test_too_late(self, world: World) -> None:
        world.orders.items[ID] = order(status=PACKAGED)
        assert (
            ask(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)["error"]["type"]
            == "ILLEGAL_MOVE"
        )
        world.orders.items[ID], world.others.cancelled = order(), False
        assert (
            ask(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)["error"]["type"]
            == "ILLEGAL_MOVE"
        )
        assert world.orders.items[ID] == order()

    def test_no_answer_is_no_answer(self, world: World) -> None:
        world.orders.items[ID], world.others.cancelled = order(), Unreachable("503")
        assert (
            ask(graphql_cancel_order.handler, "cancelOrder", person(USER), orderId=ID)["error"]["type"] == "TRY_AGAIN"
        )
        assert world.orders.items[ID] == order()


class TestBackend:
    def get(self, order_id: str) -> tuple[int, Any]:
        event = {**rest_event("GET", f"/backend/{order_id}", None), "pathParameters": {"orderId": order_id}}
        answer = rest_get_order.handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    def test_the_order_whole(self, world: World) -> None:
        world.orders.items[ID] = order(note="by hand")
        status, body = self.get(ID)
        assert (status, body["paymentToken"], body["note"]) == (200, order()["paymentToken"], "by hand")
        assert not {"version", "correlationId", "contentHash"} & set(body)

    def test_none(self, world: World) -> None:
        status, body = self.get("unknown")
        assert (status, list(body)) == (404, ["message"])


class TestWatch:
    @pytest.mark.parametrize(
        "who", [person(USER), person("a", "admin"), person("w", "warehouse"), person("d", "delivery")]
    )
    def test_the_owner_and_staff_may_follow(self, world: World, who: dict[str, Any]) -> None:
        world.orders.items[ID] = order()
        assert ask(graphql_on_order_changed.handler, "onOrderChanged", who, orderId=ID) is None

    @pytest.mark.parametrize("who", [person("somebody-else"), person("x", "customers"), None])
    def test_nobody_else(self, world: World, who: dict[str, Any] | None) -> None:
        world.orders.items[ID] = order()
        for order_id in (ID, "unknown", ""):
            answer = ask(graphql_on_order_changed.handler, "onOrderChanged", who, orderId=order_id)
            assert answer["error"]["type"] == "Unauthorized"


def tell(kind: str, order_id: str = ID, **detail: Any) -> None:
    service = "delivery" if kind.startswith("Delivery") else "payment" if kind.startswith("Payment") else "warehouse"
    event = bus_event(f"ecommerce.{service}", kind, {"orderId": order_id, **detail}, resources=[order_id])
    assert on_fulfilment_event.handler(event, None) is None  # type: ignore[func-returns-value]  # an asynchronous function says nothing


class TestFacts:
    def test_a_fact_moves_the_order(self, world: World) -> None:
        world.orders.items[ID] = order()
        tell("DeliveryCompleted", metadata={"eventId": "e-1", "correlationId": "c-1"})
        assert world.orders.items[ID]["status"] == "FULFILLED"
        assert (world.orders.items[ID]["version"], world.orders.items[ID]["correlationId"]) == (2, "c-1")

    def test_a_package(self, world: World) -> None:
        world.orders.items[ID] = order()
        tell("PackageCreated", products=[{"productId": "kettle", "quantity": 1}])
        assert world.orders.items[ID]["total"] == 3990

    @pytest.mark.parametrize(
        ("kind", "name", "value"),
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
    def test_each_fact(self, world: World, kind: str, name: str, value: str) -> None:
        world.orders.items[ID] = order()
        tell(kind, amount=11940)
        assert world.orders.items[ID][name] == value
        assert world.letters.letters == []

    def test_stale_and_unknown_are_counted_and_change_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counted: list[str] = []
        monkeypatch.setattr(on_fulfilment_event, "count", counted.append)
        world.orders.items[ID] = order(status=CANCELLED)
        tell("DeliveryCompleted")
        tell("DeliveryCompleted", "unknown")
        assert counted == ["StaleFact", "FactOfUnknownOrder"]
        assert world.orders.items == {ID: order(status=CANCELLED)}
        assert world.letters.letters == []

    def test_what_cannot_be_true_goes_to_the_dead_letters_with_its_reason(self, world: World) -> None:
        world.orders.items[ID] = order()
        tell("PackageCreated", products=[{"productId": "kettle", "quantity": 3}])
        tell("PackageCreated", products="kettle")
        reasons = [error.message for _, error in world.letters.letters]
        assert "more than was ordered" in reasons[0]
        assert "products" in reasons[1]
        assert world.orders.items[ID] == order()
