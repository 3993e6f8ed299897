"""A throttled or failing table is TRY_AGAIN for callers, an error that AWS retries for events, and loses nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.errors import TryAgain
from ecom.status_index import partitions
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, field_event, queue_record, records, rest_event
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.throttling import FAILURES, FailingClient
from warehouse.tests.builders import LIFETIME, LOW_STOCK, NOON, accept, complete, reserve, start
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import bootstrap, domain
from warehouse_service.domain import Status
from warehouse_service.handlers import (
    graphql_get_packaging,
    graphql_packaging,
    graphql_set_stock,
    on_order_event,
    rest_cancel,
    rest_get_due,
    rest_release,
    rest_reserve,
    rest_settle_due,
)
from warehouse_service.repository import WarehouseTable
from warehouse_service.stock import Stock

NO_WAIT = Backoff(max_attempts=3, sleep=lambda _: None)
LATER = NOON + LIFETIME + timedelta(minutes=1)
ORDER = {"orderId": "new"}
LINES = [{"productId": "kettle", "quantity": 1}]

# The operation, and the number of DynamoDB requests that it makes without remembered stock.
Operation = Callable[[WarehouseTable], Any]
OPERATIONS: list[tuple[str, Operation, int]] = [
    ("request", lambda table: table.request("new"), 1),
    ("stock", lambda table: table.stock("kettle"), 1),
    ("set_stock", lambda table: table.set_stock("kettle", 9, "request"), 1),
    ("new_order_ids", lambda table: table.new_order_ids(None), len(partitions("NEW"))),
    ("started_order_ids", lambda table: table.started_order_ids(None), len(partitions("IN_PROGRESS"))),
    ("due_order_ids", lambda table: table.due_order_ids(LATER, None), len(partitions("HELD"))),
    ("reserve a tracked product", lambda table: reserve(table, "order-1", kettle=1), 2),
    ("reserve an untracked product", lambda table: reserve(table, "order-1", cup=1), 2),
    ("accept", lambda table: accept(table, "held", kettle=1), 3),
    ("start", lambda table: start(table, "new"), 2),
    ("complete", lambda table: complete(table, "started"), 2),
    ("change nothing", lambda table: table.change("new", lambda request, _: request, "request"), 2),
]
CALLS = [
    pytest.param(operation, succeed, id=f"{name}, request {succeed + 1}")
    for name, operation, requests in OPERATIONS
    for succeed in range(requests)
]
FIELDS: list[tuple[Any, str, dict[str, Any]]] = [
    (graphql_get_packaging.handler, "getStock", {"productId": "kettle"}),
    (graphql_get_packaging.handler, "getNewPackagingRequestIds", {}),
    (graphql_get_packaging.handler, "getStartedPackagingRequestIds", {}),
    (graphql_get_packaging.handler, "getPackagingRequest", {"input": ORDER}),
    (graphql_set_stock.handler, "setStock", {"productId": "kettle", "onHand": 9}),
    (graphql_packaging.handler, "startPackaging", {"input": ORDER}),
    (
        graphql_packaging.handler,
        "updatePackagingProduct",
        {"input": {"orderId": "started", "productId": "kettle", "quantity": 0}},
    ),
    (graphql_packaging.handler, "completePackaging", {"input": {"orderId": "started"}}),
]
EVENTS = [
    bus_event("ecommerce.orders", "OrderCreated", {"orderId": "order-1", "products": LINES}),
    bus_event(
        "ecommerce.orders",
        "OrderModified",
        {"old": ORDER, "new": {**ORDER, "products": [{"productId": "kettle", "quantity": 2}]}, "changed": ["products"]},
    ),
    bus_event("ecommerce.orders", "OrderDeleted", ORDER),
    bus_event("ecommerce.delivery", "DeliveryFailed", ORDER),
]


@pytest.fixture
def warehouse(dynamodb: Any) -> WarehouseTable:
    """A table with a due reservation, a new request and a started one, of one kettle each."""
    table = WarehouseTable(dynamodb, TABLE, LOW_STOCK)
    table.set_stock("kettle", 10, "request")
    reserve(table, "held", kettle=1)
    accept(table, "new", kettle=1)
    accept(table, "started", kettle=1)
    start(table, "started")
    return table


def failing(dynamodb: Any, failure: tuple[str, int], succeed: int = 0) -> WarehouseTable:
    client: Any = FailingClient(*failure, dynamodb, succeed)
    return WarehouseTable(client, TABLE, LOW_STOCK, NO_WAIT)


def items(dynamodb: Any) -> list[Any]:
    return sorted(dynamodb.scan(TableName=TABLE)["Items"], key=lambda item: str(item["id"]["S"]))


@pytest.mark.parametrize(("operation", "succeed"), CALLS)
def test_every_failed_request_is_try_again_and_changes_nothing(
    warehouse: WarehouseTable, dynamodb: Any, operation: Operation, succeed: int
) -> None:
    before = items(dynamodb)
    for failure in FAILURES:
        with pytest.raises(TryAgain):
            operation(failing(dynamodb, failure, succeed))
    assert items(dynamodb) == before


@pytest.mark.parametrize(
    ("operation", "requests"), [each[1:] for each in OPERATIONS], ids=[each[0] for each in OPERATIONS]
)
def test_an_operation_makes_no_other_requests(
    warehouse: WarehouseTable, dynamodb: Any, operation: Operation, requests: int
) -> None:
    operation(failing(dynamodb, FAILURES[0], requests))


@pytest.mark.parametrize(("handler", "field", "arguments"), FIELDS, ids=[each[1] for each in FIELDS])
def test_graphql_answers_try_again(
    warehouse: WarehouseTable,
    dynamodb: Any,
    monkeypatch: pytest.MonkeyPatch,
    handler: Any,
    field: str,
    arguments: dict[str, Any],
) -> None:
    for failure in FAILURES:
        use(failing(dynamodb, failure), monkeypatch)
        assert handler(field_event(field, arguments), LambdaContext())["error"]["type"] == "TRY_AGAIN"


@pytest.mark.parametrize(
    ("handler", "body"),
    [
        (rest_reserve.handler, {"orderId": "order-1", "products": LINES}),
        (rest_cancel.handler, ORDER),
        (rest_release.handler, {**ORDER, "attempt": "1"}),
        (rest_get_due.handler, {}),
        (rest_settle_due.handler, {"abandoned": ["held"]}),
        (rest_settle_due.handler, {"owned": ["held"]}),
    ],
    ids=["reserve", "cancel", "release", "due", "abandoned", "owned"],
)
def test_rest_answers_503(
    warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, handler: Any, body: dict[str, Any]
) -> None:
    monkeypatch.setenv("RESERVATION_SECONDS", "900")
    for failure in FAILURES:
        use(failing(dynamodb, failure), monkeypatch)
        answer = handler(rest_event("POST", "/", body), LambdaContext())
        assert (answer["statusCode"], list(json.loads(answer["body"]))) == (503, ["message"])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event["detail-type"]))
def test_an_event_comes_back_and_is_handled_later(
    warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    queue, dead_letters = QueueSpy(), DeadLetterSpy()
    monkeypatch.setitem(vars(bootstrap.runtime), "queue", queue)
    monkeypatch.setitem(vars(bootstrap.runtime), "dead_letters", dead_letters)
    message, before = queue_record(event), items(dynamodb)
    failed = {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    for failure, succeed in product(FAILURES, range(2)):
        use(failing(dynamodb, failure, succeed), monkeypatch)
        assert on_order_event.handler(records(message), None) == failed
    assert items(dynamodb) == before
    assert (len(queue.waits), dead_letters.messages) == (len(FAILURES) * 2, [])
    use(warehouse, monkeypatch)
    assert on_order_event.handler(records(message), None) == {"batchItemFailures": []}
    assert items(dynamodb) != before


def test_a_reservation_that_cannot_lapse_now_lapses_in_the_next_run(warehouse: WarehouseTable, dynamodb: Any) -> None:
    for failure in FAILURES:
        assert failing(dynamodb, failure, 1).lapse(["held"], LATER, "request") == 0
    assert warehouse.stock("kettle") == Stock("kettle", 7, 3)
    assert warehouse.lapse(["held"], LATER, "request") == 1
    request = warehouse.request("held")
    assert request
    assert (request.status, warehouse.stock("kettle")) == (Status.LAPSED, Stock("kettle", 8, 2))


def test_a_throttled_write_is_repeated(
    warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A throttled request wrote nothing, so that the repository may repeat it at once."""
    write, busy = dynamodb.put_item, FailingClient(*FAILURES[0])
    attempts: list[int] = []

    def throttled_once(**request: Any) -> Any:
        attempts.append(1)
        return (write if len(attempts) > 1 else busy.put_item)(**request)

    monkeypatch.setattr(dynamodb, "put_item", throttled_once)
    done = warehouse.change("new", lambda request, _: domain.start(request, "new", NOON), "request")
    assert done
    assert (done.status, len(attempts)) == (Status.IN_PROGRESS, 2)


def use(warehouse: WarehouseTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "warehouse", lambda: warehouse)
