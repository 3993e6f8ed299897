"""A DynamoDB table that is throttled or fails, at every call: TRY_AGAIN, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

import orders_service
from ecom.dynamo import typed
from ecom.errors import TryAgain
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event, person, queue_record, records, rest_event
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.throttling import FAILURES, FailingClient
from orders.tests.builders import LATER, LIFETIME, USER, item, order, request
from orders.tests.contract import ID, packaged
from orders.tests.fakes import ImmediateExecutor, OrdersInMemory, OtherServices, PaymentTokensInMemory
from orders.tests.integration.conftest import ORDERS, orders_table
from orders_service import bootstrap
from orders_service.create_order import CreateOrder
from orders_service.handlers import (
    graphql_cancel_order,
    graphql_create_order,
    graphql_get_orders,
    graphql_on_order_changed,
    on_fulfilment_event,
    rest_get_order,
)
from orders_service.repository import Orders, OrdersTable

# Each method, and how many of its calls succeed before one fails.
CALLS: list[tuple[str, int, Callable[[Orders], object]]] = [
    ("item", 0, lambda orders: orders.item(ID)),
    ("get", 0, lambda orders: orders.get(ID)),
    ("create", 0, lambda orders: orders.create(order())),
    ("change: first read", 0, lambda orders: orders.change(ID, packaged, "event-1")),
    ("change: write", 1, lambda orders: orders.change(ID, packaged, "event-1")),
    ("change: consistent read", 1, lambda orders: orders.change(ID, lambda current: current, "event-1")),
    ("page: index", 0, lambda orders: orders.page(USER, None)),
    ("note_follower", 0, lambda orders: orders.note_follower(ID, LATER)),
    ("existing", 0, lambda orders: orders.existing([ID])),
    ("page: table", 1, lambda orders: orders.page(USER, None)),
]
GRAPHQL: list[tuple[str, int, Any, dict[str, Any]]] = [
    ("getOrder", 0, graphql_get_orders.handler, {"orderId": ID}),
    ("getOrders", 0, graphql_get_orders.handler, {}),
    ("getOrders", 1, graphql_get_orders.handler, {}),
    ("cancelOrder", 0, graphql_cancel_order.handler, {"orderId": ID}),
    ("cancelOrder", 1, graphql_cancel_order.handler, {"orderId": ID}),
    ("cancelOrder", 2, graphql_cancel_order.handler, {"orderId": ID}),
    ("onOrderChanged", 0, graphql_on_order_changed.handler, {"orderId": ID}),
    ("onOrderChanged", 1, graphql_on_order_changed.handler, {"orderId": ID}),
]


@pytest.fixture
def stored(dynamodb: Any) -> Callable[[], Any]:
    """The item before a test; the result reads it again."""
    dynamodb.put_item(TableName=ORDERS, Item=typed(item()))
    return lambda: dynamodb.get_item(TableName=ORDERS, Key=typed({"orderId": ID}))["Item"]


def throttle_after(succeed: int, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> OrdersTable:
    """Give the handlers a table that is throttled after the first calls."""
    orders = orders_table(FailingClient(*FAILURES[0], dynamodb, succeed))
    others = OtherServices()
    tokens = PaymentTokensInMemory(OrdersInMemory(), LIFETIME, 2)
    create_order = CreateOrder(orders, tokens, others, others, ImmediateExecutor(), lambda: 0.0, currency="EUR")
    monkeypatch.setattr(bootstrap, "orders", lambda: orders)
    monkeypatch.setattr(bootstrap, "warehouse", lambda: others)
    monkeypatch.setattr(bootstrap, "create_order", lambda: create_order)
    return orders


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(("name", "succeed", "call"), CALLS)
def test_every_call_of_the_repository_raises_try_again(
    name: str, succeed: int, call: Callable[[Orders], object], failure: tuple[str, int], dynamodb: Any, stored: Any
) -> None:
    with pytest.raises(TryAgain):
        call(orders_table(FailingClient(*failure, dynamodb, succeed)))
    assert stored() == typed(item())


@pytest.mark.parametrize(("field", "succeed", "handler", "arguments"), GRAPHQL)
def test_every_graphql_field_answers_try_again(
    field: str,
    succeed: int,
    handler: Any,
    arguments: dict[str, Any],
    dynamodb: Any,
    stored: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    throttle_after(succeed, dynamodb, monkeypatch)
    answer = handler(field_event(field, arguments, person(USER)), LambdaContext())
    assert answer["error"]["type"] == "TRY_AGAIN"
    assert stored() == typed(item())


@pytest.mark.parametrize("succeed", [0, 1])
def test_create_order_answers_a_problem(succeed: int, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle_after(succeed, dynamodb, monkeypatch)
    monkeypatch.setenv("ENVIRONMENT", "test")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "orders")
    event = field_event("createOrder", {"order": request()}, person(USER))
    answer = graphql_create_order.handler(event, LambdaContext())
    assert [problem["code"] for problem in answer["problems"]] == ["TRY_AGAIN"]
    assert dynamodb.scan(TableName=ORDERS)["Items"] == []


def test_rest_answers_503(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle_after(0, dynamodb, monkeypatch)
    event = rest_event("GET", f"/backend/{ID}", parameters={"orderId": ID})
    assert rest_get_order.handler(event, LambdaContext())["statusCode"] == 503


@pytest.mark.parametrize("succeed", [0, 1])
def test_an_event_is_retried(succeed: int, dynamodb: Any, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle_after(succeed, dynamodb, monkeypatch)
    dead_letters = DeadLetterSpy()
    queue = QueueSpy()
    runtime = Runtime(orders_service.__file__, queue=queue, dead_letters=dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    message = queue_record(bus_event("ecommerce.delivery", "DeliveryCompleted", {"orderId": ID, "address": {}}))
    answer = on_fulfilment_event.handler(records(message), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    assert (len(queue.waits), dead_letters.messages, stored()) == (1, [], typed(item()))
