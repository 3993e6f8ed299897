"""The handlers, on the fake: input, response, errors."""

import json
import time
from typing import Any

import pytest

from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event, queue_record, records, rest_event
from ecom_testkit.queue_spy import QueueSpy
from warehouse.tests.builders import LIFETIME, NOON, accept, complete, reserve, start
from warehouse.tests.fakes import WarehouseInMemory
from warehouse_service import bootstrap
from warehouse_service.domain import Status
from warehouse_service.handlers import (
    graphql_get_packaging,
    graphql_packaging,
    graphql_set_stock,
    on_order_event,
    rest_cancel,
    rest_get_due,
    rest_release,
    rest_settle_due,
)
from warehouse_service.handlers import rest_reserve as reserve_handler
from warehouse_service.stock import Stock


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> WarehouseInMemory:
    fake = WarehouseInMemory(Stock("kettle", 10, 0))
    monkeypatch.setattr(bootstrap, "warehouse", lambda: fake)
    monkeypatch.setattr(bootstrap.runtime, "now", lambda: NOON)
    monkeypatch.setenv("RESERVATION_SECONDS", str(int(LIFETIME.total_seconds())))
    return fake


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> DeadLetterSpy:
    spy = DeadLetterSpy()
    monkeypatch.setitem(vars(bootstrap.runtime), "dead_letters", spy)
    monkeypatch.setitem(vars(bootstrap.runtime), "queue", QueueSpy())
    return spy


def deliver(event: dict[str, Any]) -> None:
    """As the queue delivers it: handled, or in the dead-letter queue."""
    assert on_order_event.handler(records(queue_record(event)), None) == {"batchItemFailures": []}


def ask(handler: Any, field: str, **arguments: Any) -> Any:
    return handler(field_event(field, arguments), LambdaContext())


def post(handler: Any, body: Any) -> tuple[int, dict[str, Any]]:
    answer = handler(rest_event("POST", "/", body), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def line(product_id: str = "kettle", quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"productId": product_id, "quantity": quantity, **more}


class TestReserve:
    def test_all_lines_are_reserved(self, warehouse: WarehouseInMemory) -> None:
        body = {"orderId": "order-1", "products": [line(), line(quantity=2), line("cup")]}
        assert post(reserve_handler.handler, body) == (200, {"ok": True, "expiresAt": "2026-03-01T12:15:00.000Z"})
        assert warehouse.stock("kettle") == Stock("kettle", 7, 3)

    def test_insufficient_stock(self, warehouse: WarehouseInMemory) -> None:
        problem = {"code": "INSUFFICIENT_STOCK", "productId": "kettle", "requested": 11, "available": 10}
        body = {"orderId": "order-1", "products": [line(quantity=11)]}
        assert post(reserve_handler.handler, body) == (409, {"ok": False, "problems": [problem]})

    def test_a_due_reservation_keeps_its_stock_until_it_lapses(self, warehouse: WarehouseInMemory) -> None:
        """A request never waits for other orders' reservations to lapse."""
        reserve(warehouse, "overdue", now=NOON - LIFETIME, kettle=9)
        status, answer = post(reserve_handler.handler, {"orderId": "order-1", "products": [line(quantity=2)]})
        assert (status, answer["problems"][0]["available"]) == (409, 1)

    def test_nothing_is_held_for_a_caller_that_has_stopped_waiting(self, warehouse: WarehouseInMemory) -> None:
        event = rest_event("POST", "/backend/reserve", {"orderId": "order-1", "products": [line()]})
        event["headers"]["x-deadline"] = str(round(1000 * time.time()) - 1)
        assert reserve_handler.handler(event, LambdaContext())["statusCode"] == 503
        assert warehouse.stock("kettle") == Stock("kettle", 10, 0)
        assert warehouse.request("order-1") is None

    def test_a_request_that_an_order_owns_is_ok(self, warehouse: WarehouseInMemory) -> None:
        accept(warehouse, "order-1", kettle=10)
        status, answer = post(reserve_handler.handler, {"orderId": "order-1", "products": [line(quantity=10)]})
        assert (status, answer["ok"]) == (200, True)
        assert warehouse.stock("kettle") == Stock("kettle", 0, 10)

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ("", "body"),
            ("[]", "body"),
            ({"orderId": "x", "products": [line()], "userId": "y"}, "userId"),
            ({"products": [line()]}, "orderId"),
            ({"orderId": "x", "products": {}}, "products"),
            ({"orderId": "x", "products": []}, "products"),
            ({"orderId": "x", "products": [line()] * 51}, "products"),
            ({"orderId": "x", "products": [line(), None]}, "products[1]"),
            ({"orderId": "x", "products": [line(quantity=0)]}, "quantity"),
            ({"orderId": "x", "products": [line(quantity=True)]}, "quantity"),
            ({"orderId": "x", "products": [line(quantity=1001)]}, "quantity"),
            ({"orderId": "x", "products": [line("a" * 201)]}, "productId"),
            ({"orderId": "x", "products": [line(price=1)]}, "price"),
        ],
    )
    def test_a_malformed_body_is_a_400_that_names_the_field(
        self, warehouse: WarehouseInMemory, body: Any, named: str
    ) -> None:
        status, answer = post(reserve_handler.handler, body)
        assert status == 400
        assert named in answer["message"]
        assert warehouse.requests == {}


class TestCancel:
    def test_a_cancellation_in_time_and_its_repeat(self, warehouse: WarehouseInMemory) -> None:
        accept(warehouse, "order-1", kettle=2)
        for _ in range(2):
            assert post(rest_cancel.handler, {"orderId": "order-1"}) == (200, {"ok": True})
        assert warehouse.stock("kettle") == Stock("kettle", 10, 0)
        assert warehouse.published == [("PackagingCancelled", "order-1")]

    def test_a_cancellation_that_is_too_late(self, warehouse: WarehouseInMemory) -> None:
        accept(warehouse, "order-1", kettle=2)
        start(warehouse, "order-1")
        too_late = {"ok": False, "problems": [{"code": "PACKAGING_STARTED"}]}
        assert post(rest_cancel.handler, {"orderId": "order-1"}) == (409, too_late)

    def test_a_malformed_body_is_a_400(self, warehouse: WarehouseInMemory) -> None:
        assert post(rest_cancel.handler, {"order": "order-1"})[0] == 400


class TestStaff:
    def test_stock_is_set_and_read(self, warehouse: WarehouseInMemory) -> None:
        counted = {"productId": "cup", "onHand": 4, "reserved": 0, "available": 4}
        assert ask(graphql_get_packaging.handler, "getStock", productId="cup") is None
        assert ask(graphql_set_stock.handler, "setStock", productId="cup", onHand=4) == counted
        assert ask(graphql_get_packaging.handler, "getStock", productId="cup") == counted
        assert ask(graphql_get_packaging.handler, "getStock", productId="") is None

    @pytest.mark.parametrize(
        ("product_id", "on_hand", "error"),
        [
            ("cup", -1, "INVALID_INPUT"),
            ("", 1, "INVALID_INPUT"),
            ("cup\u202e", 1, "INVALID_INPUT"),
            ("cup\n", 1, "INVALID_INPUT"),
            ("kettle", 1, "BELOW_RESERVED"),
        ],
    )
    def test_an_invalid_count_is_a_typed_error(
        self, warehouse: WarehouseInMemory, product_id: str, on_hand: int, error: str
    ) -> None:
        accept(warehouse, "order-1", kettle=2)
        answer = ask(graphql_set_stock.handler, "setStock", productId=product_id, onHand=on_hand)
        assert answer["error"]["type"] == error

    def test_requests_are_listed_and_read(self, warehouse: WarehouseInMemory) -> None:
        reserve(warehouse, "held", kettle=1)
        accept(warehouse, "order-1", kettle=2, cup=1)
        ids = ask(graphql_get_packaging.handler, "getNewPackagingRequestIds")
        assert ids == {"packagingRequestIds": ["order-1"], "nextToken": None}
        assert ask(graphql_get_packaging.handler, "getPackagingRequest", input={"orderId": "order-1"}) == {
            "orderId": "order-1",
            "status": "NEW",
            "products": [{"productId": "cup", "quantity": 1}, {"productId": "kettle", "quantity": 2}],
        }
        for unseen in ("held", "unknown", ""):
            assert ask(graphql_get_packaging.handler, "getPackagingRequest", input={"orderId": unseen}) is None
        for listed in ("getNewPackagingRequestIds", "getStartedPackagingRequestIds"):
            bad = ask(graphql_get_packaging.handler, listed, nextToken="bad")
            assert bad["error"]["type"] == "INVALID_TOKEN"

    def test_a_started_request_is_found_again(self, warehouse: WarehouseInMemory) -> None:
        """Staff whose screen lost the answer of startPackaging may not know the order any more."""
        accept(warehouse, "order-1", kettle=2)
        ask(graphql_packaging.handler, "startPackaging", input={"orderId": "order-1"})
        started = ask(graphql_get_packaging.handler, "getStartedPackagingRequestIds")
        assert started == {"packagingRequestIds": ["order-1"], "nextToken": None}
        ask(graphql_packaging.handler, "completePackaging", input={"orderId": "order-1"})
        assert ask(graphql_get_packaging.handler, "getStartedPackagingRequestIds")["packagingRequestIds"] == []

    def test_packaging_from_start_to_completion(self, warehouse: WarehouseInMemory) -> None:
        accept(warehouse, "order-1", kettle=2)
        order = {"orderId": "order-1"}
        fewer = {**order, "productId": "kettle", "quantity": 1}
        assert ask(graphql_packaging.handler, "startPackaging", input=order) == {"success": True}
        assert ask(graphql_packaging.handler, "updatePackagingProduct", input=fewer) == {"success": True}
        found = ask(graphql_get_packaging.handler, "getPackagingRequest", input=order)
        assert found["products"] == [{"productId": "kettle", "quantity": 1}]
        assert ask(graphql_packaging.handler, "completePackaging", input=order) == {"success": True}
        assert warehouse.stock("kettle") == Stock("kettle", 9, 0)

    @pytest.mark.parametrize(
        ("field", "given", "error"),
        [
            ("startPackaging", {"orderId": "unknown"}, "NOT_FOUND"),
            ("startPackaging", {"orderId": ""}, "NOT_FOUND"),
            ("startPackaging", {"orderId": "started"}, "ILLEGAL_MOVE"),
            ("completePackaging", {"orderId": "unknown"}, "NOT_FOUND"),
            ("completePackaging", {"orderId": "new"}, "ILLEGAL_MOVE"),
            ("updatePackagingProduct", {"orderId": "unknown", "productId": "kettle", "quantity": 1}, "NOT_FOUND"),
            ("updatePackagingProduct", {"orderId": "new", "productId": "kettle", "quantity": 1}, "ILLEGAL_MOVE"),
            ("updatePackagingProduct", {"orderId": "started", "productId": "cup", "quantity": 1}, "NOT_FOUND"),
            ("updatePackagingProduct", {"orderId": "started", "productId": "kettle", "quantity": 2}, "INVALID_INPUT"),
        ],
    )
    def test_an_impossible_step_is_a_typed_error_and_changes_nothing(
        self, warehouse: WarehouseInMemory, field: str, given: dict[str, Any], error: str
    ) -> None:
        accept(warehouse, "new", kettle=1)
        accept(warehouse, "started", kettle=1)
        start(warehouse, "started")
        before = dict(warehouse.requests)
        assert ask(graphql_packaging.handler, field, input=given)["error"]["type"] == error
        assert warehouse.requests == before


def order_created(**order: Any) -> dict[str, Any]:
    return bus_event("ecommerce.orders", "OrderCreated", {"orderId": "order-1", "products": [], **order})


class TestOrderEvents:
    def test_a_reservation_becomes_the_orders_request(
        self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy
    ) -> None:
        reserve(warehouse, "order-1", kettle=2)
        event = order_created(products=[line(quantity=2)])
        for _ in range(5):
            deliver(event)
        assert warehouse.requests["order-1"].status is Status.NEW
        assert warehouse.stock("kettle") == Stock("kettle", 8, 2)

    def test_a_missing_quantity_is_one_and_lines_are_summed(
        self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy
    ) -> None:
        deliver(order_created(products=[{"productId": "kettle"}, line(quantity=3)]))
        assert warehouse.stock("kettle") == Stock("kettle", 6, 4)

    def test_packaging_fails_when_stock_is_insufficient(
        self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy
    ) -> None:
        event = order_created(products=[line(quantity=11)])
        for _ in range(2):
            deliver(event)
        assert warehouse.published == [("PackagingFailed", "order-1")]
        assert warehouse.stock("kettle") == Stock("kettle", 10, 0)

    def test_a_deleted_order_frees_its_stock(self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy) -> None:
        accept(warehouse, "order-1", kettle=2)
        for order_id in ("order-1", "unknown"):
            deliver(bus_event("ecommerce.orders", "OrderDeleted", {"orderId": order_id}))
        assert warehouse.stock("kettle") == Stock("kettle", 10, 0)
        assert set(warehouse.requests) == {"order-1"}

    @pytest.mark.parametrize(
        ("changed", "status", "reserved"),
        [(["products"], "NEW", 5), (["products"], None, 5), (["total"], "NEW", 2), (["products"], "PACKAGED", 2)],
    )
    def test_lines_change_with_the_order(
        self,
        warehouse: WarehouseInMemory,
        dead_letters: DeadLetterSpy,
        changed: list[str],
        status: str | None,
        reserved: int,
    ) -> None:
        accept(warehouse, "order-1", kettle=2)
        new = {"orderId": "order-1", "products": [line(quantity=5)], **({"status": status} if status else {})}
        detail = {"old": {"orderId": "order-1"}, "new": new, "changed": changed}
        deliver(bus_event("ecommerce.orders", "OrderModified", detail))
        assert warehouse.stock("kettle") == Stock("kettle", 10 - reserved, reserved)

    def test_a_failed_delivery_returns_its_units(
        self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy
    ) -> None:
        accept(warehouse, "order-1", kettle=2)
        start(warehouse, "order-1")
        complete(warehouse, "order-1")
        assert warehouse.stock("kettle") == Stock("kettle", 8, 0)
        for order_id in ("order-1", "order-1", "unknown"):
            deliver(bus_event("ecommerce.delivery", "DeliveryFailed", {"orderId": order_id}))
        assert warehouse.stock("kettle") == Stock("kettle", 10, 0)
        assert set(warehouse.requests) == {"order-1"}

    @pytest.mark.parametrize(
        "event",
        [
            order_created(products="none"),
            order_created(products=[{"productId": ""}]),
            order_created(products=[line(quantity=0)]),
            order_created(orderId="\ud800", products=[line()]),
            order_created(orderId="x" * 2001, products=[line()]),
            order_created(products=[line("x" * 2001)]),
            order_created(products=[line(f"p{number}") for number in range(100)]),
            order_created(products=[line(quantity=2**31 - 1), line()]),
        ],
    )
    def test_an_invalid_event_is_a_dead_letter_with_its_reason(
        self, warehouse: WarehouseInMemory, dead_letters: DeadLetterSpy, event: dict[str, Any]
    ) -> None:
        deliver(event)
        ((received, error),) = dead_letters.messages
        assert json.loads(received) == event
        assert error.message
        assert warehouse.requests == {}


def get_due(token: str | None = None) -> dict[str, Any]:
    event = {**rest_event("GET", "/", None), "queryStringParameters": {"next": token} if token else None}
    answer = rest_get_due.handler(event, LambdaContext())
    assert answer["statusCode"] == 200
    found: dict[str, Any] = json.loads(answer["body"])
    return found


class TestDueReservations:
    def test_they_are_listed_page_by_page(self, warehouse: WarehouseInMemory) -> None:
        for number in range(150):
            reserve(warehouse, f"due-{number:03}", now=NOON - LIFETIME, cup=1)
        reserve(warehouse, "fresh", cup=1)
        first = get_due()
        assert first["orderIds"] == [f"due-{number:03}" for number in range(100)]
        assert get_due(first["next"]) == {"orderIds": [f"due-{number:03}" for number in range(100, 150)]}

    def test_those_that_no_order_owns_lapse(self, warehouse: WarehouseInMemory) -> None:
        warehouse.set_stock("kettle", 100, "request")
        for order_id in ("one", "two"):
            reserve(warehouse, order_id, now=NOON - LIFETIME, kettle=1)
        reserve(warehouse, "fresh", kettle=1)
        answer = post(rest_settle_due.handler, {"abandoned": ["one", "two", "fresh", "unknown"]})
        assert answer == (200, {"ok": True, "lapsed": 2})
        assert warehouse.stock("kettle") == Stock("kettle", 99, 1)

    def test_one_that_an_order_owns_keeps_its_stock(self, warehouse: WarehouseInMemory) -> None:
        reserve(warehouse, "owned", now=NOON - LIFETIME, kettle=1)
        assert post(rest_settle_due.handler, {"owned": ["owned", "unknown"]}) == (200, {"ok": True, "lapsed": 0})
        assert warehouse.stock("kettle") == Stock("kettle", 9, 1)
        assert get_due() == {"orderIds": []}
        assert warehouse.requests["owned"].expires_at == NOON + LIFETIME

    @pytest.mark.parametrize(
        "body", [{"abandoned": "x"}, {"abandoned": [1]}, {"owned": ["x"] * 101}, {"other": []}, {"owned": [""]}]
    )
    def test_malformed(self, warehouse: WarehouseInMemory, body: dict[str, Any]) -> None:
        status, answer = post(rest_settle_due.handler, body)
        assert (status, list(answer)) == (400, ["message"])


class TestRelease:
    @pytest.fixture
    def reserved(self, warehouse: WarehouseInMemory) -> WarehouseInMemory:
        body = {"orderId": "order-1", "products": [line(quantity=3)], "attempt": "first"}
        assert post(reserve_handler.handler, body)[0] == 200
        return warehouse

    def release(self, attempt: str) -> None:
        body = {"orderId": "order-1", "attempt": attempt}
        assert post(rest_release.handler, body) == (200, {"ok": True})

    def test_the_attempt_that_reserved_frees_the_stock(self, reserved: WarehouseInMemory) -> None:
        self.release("first")
        self.release("first")
        assert reserved.stock("kettle") == Stock("kettle", 10, 0)

    def test_another_attempt_changes_nothing(self, reserved: WarehouseInMemory) -> None:
        self.release("second")
        assert reserved.stock("kettle") == Stock("kettle", 7, 3)

    def test_an_attempt_that_reserved_the_same_again_takes_over(self, reserved: WarehouseInMemory) -> None:
        body = {"orderId": "order-1", "products": [line(quantity=3)], "attempt": "second"}
        assert post(reserve_handler.handler, body)[0] == 200
        self.release("first")
        assert reserved.stock("kettle") == Stock("kettle", 7, 3)
        self.release("second")
        assert reserved.stock("kettle") == Stock("kettle", 10, 0)

    def test_an_orders_request_is_not_released(self, reserved: WarehouseInMemory) -> None:
        accept(reserved, "order-1", kettle=3)
        self.release("first")
        assert reserved.stock("kettle") == Stock("kettle", 7, 3)
