"""DynamoDB is throttled or fails: every operation raises TryAgain, and every handler answers with it."""

from collections.abc import Callable
from typing import Any

import pytest

from delivery.tests.builders import NOON, delivery, order, package
from delivery_service import bootstrap
from delivery_service.domain import START
from delivery_service.handlers import graphql_delivery_steps, graphql_get_deliveries, on_package_created
from delivery_service.repository import Deliveries, DeliveriesTable
from ecom.errors import TryAgain
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, field_event, queue_record, records
from ecom_testkit.orders import OrdersInMemory
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.throttling import FAILURES, FailingClient

OPERATIONS: dict[str, Callable[[Deliveries], object]] = {
    "get": lambda deliveries: deliveries.get("order-1"),
    "open": lambda deliveries: deliveries.open(delivery(), "request-1"),
    "take_step": lambda deliveries: deliveries.take_step("order-1", START, NOON, "request-1"),
    "page_of_new": lambda deliveries: deliveries.page_of_new(None),
}


def failing(code: str, status: int) -> DeliveriesTable:
    client: Any = FailingClient(code, status)
    return DeliveriesTable(client, "deliveries")


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "deliveries", lambda: failing(*FAILURES[0]))


@pytest.mark.parametrize(("code", "status"), FAILURES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_raises_try_again(name: str, code: str, status: int) -> None:
    with pytest.raises(TryAgain):
        OPERATIONS[name](failing(code, status))


@pytest.mark.parametrize(
    ("handler", "field"),
    [
        (graphql_get_deliveries.handler, "getNewDeliveries"),
        (graphql_get_deliveries.handler, "getDelivery"),
        (graphql_delivery_steps.handler, "startDelivery"),
        (graphql_delivery_steps.handler, "completeDelivery"),
        (graphql_delivery_steps.handler, "failDelivery"),
    ],
)
def test_graphql_answers_with_the_error_type(throttled: None, handler: Any, field: str) -> None:
    answer = handler(field_event(field, {"input": {"orderId": "order-1"}}), LambdaContext())
    assert answer["error"]["type"] == "TRY_AGAIN"


def test_a_package_is_retried_later(throttled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, dead_letters = QueueSpy(), DeadLetterSpy()
    runtime = Runtime(bootstrap.__file__, queue=queue, dead_letters=dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "orders", lambda: OrdersInMemory(order()))
    answer = on_package_created.handler(records(queue_record(package(), number=0)), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert (queue.waits, dead_letters.messages) == ([5], [])
