"""DynamoDB throttles or fails at any call: TryAgain, the message comes back, and no event is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.errors import TryAgain
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, queue_record, records
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.throttling import FAILURES, FailingClient
from payment.tests.builders import HELD, ORDER, TOKEN, TOTAL, created, delivery, modified, packaged
from payment.tests.contract import FRESH
from payment.tests.fakes import ProviderInMemory
from payment_service import bootstrap
from payment_service.circuit_breaker import CircuitBreaker
from payment_service.domain import DELIVERED
from payment_service.handlers import on_order_event
from payment_service.repository import MAX_ATTEMPTS, PaymentsTable, Row
from payment_service.settlement import Settlement

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = {"orderId": "order", "paymentToken": "token", "etag": 1}
Operation = Callable[[PaymentsTable], object]

# Each operation with the number of its requests.
OPERATIONS: dict[str, tuple[Operation, int]] = {
    "open": (lambda it: it.open(replace(FRESH, order_id="new"), "c-1"), 1),
    "change": (lambda it: it.change("order", lambda payment: replace(payment, lowered=1), "c-1"), 2),
    "change nothing": (lambda it: it.change("order", lambda payment: payment, "c-1"), 2),
    "change a known row": (lambda it: it.change("order", lambda p: replace(p, lowered=1), "c-1", Row(FRESH, ITEM)), 1),
    "keep early": (lambda it: it.keep_early("unknown", DELIVERED), 2),
    "early": (lambda it: it.early("unknown"), 1),
    "forget early": (lambda it: it.forget_early("unknown"), 1),
}


def table(client: Any) -> PaymentsTable:
    backoff = Backoff(max_attempts=MAX_ATTEMPTS, sleep=lambda _: None)
    return PaymentsTable(client, "Table", "EarlyFactsTable", lambda: NOON, backoff)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failure_at_any_request_is_try_again(dynamodb: Any, name: str) -> None:
    operation, calls = OPERATIONS[name]
    table(dynamodb).open(FRESH, "c-1")
    for code, status in FAILURES:
        for succeed in range(calls):
            with pytest.raises(TryAgain):
                operation(table(FailingClient(code, status, dynamodb, succeed)))
        operation(table(FailingClient(code, status, dynamodb, calls)))  # the number of requests is right


@pytest.mark.parametrize(("code", "status"), FAILURES)
@pytest.mark.parametrize("early", [False, True], ids=["in order", "delivery first"])
def test_a_message_comes_back_and_no_event_is_lost(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch, code: str, status: int, early: bool
) -> None:
    events = [created(), modified(packaged()), delivery("DeliveryCompleted")]
    provider, dead_letters, queue = ProviderInMemory(), DeadLetterSpy(), QueueSpy()
    ledger = provider.hold(TOKEN, HELD)
    monkeypatch.setitem(vars(bootstrap.runtime), "dead_letters", dead_letters)
    monkeypatch.setitem(vars(bootstrap.runtime), "queue", queue)
    monkeypatch.setattr(bootstrap, "circuit_breaker", lambda: CircuitBreaker(lambda: 0.0, lambda: None))

    def deliver(event: dict[str, Any], client: Any) -> bool:
        settlement = Settlement(table(client), provider, lambda: None)
        monkeypatch.setattr(bootstrap, "settlement", lambda: settlement)
        return not on_order_event.handler(records(queue_record(event)), LambdaContext())["batchItemFailures"]

    for event in reversed(events) if early else events:
        succeed = 0
        while not deliver(event, FailingClient(code, status, dynamodb, succeed)):
            succeed += 1
            assert succeed < 20
        assert succeed > 0
    assert queue.waits
    assert dead_letters.messages == []
    row = dynamodb.get_item(TableName="Table", Key={"orderId": {"S": ORDER}})["Item"]
    assert (row["status"], row["amount"]) == ({"S": "CAPTURED"}, {"N": str(TOTAL)})
    assert [change for change in ledger.done if change.startswith("capture")] == [f"capture {TOTAL}"]
