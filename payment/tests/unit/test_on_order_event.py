"""The queue's messages: each is handled on its own, and none is lost."""

from typing import Any, cast

import pytest

from ecom.message_queue import Queue
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, queue_record, records
from payment.tests.builders import HELD, ORDER, TOKEN, created, delivery, modified, packaged
from payment.tests.fakes import PaymentsInMemory, ProviderInMemory
from payment_service import bootstrap
from payment_service.circuit_breaker import MAX_FAILURES, OPEN_SECONDS, CircuitBreaker, GuardedProvider
from payment_service.handlers import on_order_event
from payment_service.settlement import Settlement


class SqsClient:
    """The visibility time-out that each message was given."""

    def __init__(self) -> None:
        self.waits: dict[str, int] = {}

    def change_message_visibility(self, **request: Any) -> None:
        self.waits[request["ReceiptHandle"]] = request["VisibilityTimeout"]


class Service:
    """The function over fakes, with a clock that the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.payments, self.provider = PaymentsInMemory(), ProviderInMemory()
        self.provider.hold(TOKEN, HELD)
        self.dead_letters, self.sqs, self.now = DeadLetterSpy(), SqsClient(), 0.0
        self.times_opened = 0
        breaker = CircuitBreaker(lambda: self.now, self.count_opened)
        settlement = Settlement(self.payments, GuardedProvider(self.provider, breaker), lambda: None)
        monkeypatch.setattr(bootstrap, "circuit_breaker", lambda: breaker)
        monkeypatch.setattr(bootstrap, "settlement", lambda: settlement)
        monkeypatch.setitem(vars(bootstrap.runtime), "dead_letters", self.dead_letters)
        monkeypatch.setitem(vars(bootstrap.runtime), "queue", Queue(cast("Any", self.sqs), "queue"))

    def count_opened(self) -> None:
        self.times_opened += 1

    def receive(self, *bodies: Any, received: int = 1) -> list[str]:
        """Deliver one batch. Return the messages that go back to the queue."""
        batch = [queue_record(body, number=number, received=received) for number, body in enumerate(bodies, 1)]
        answer = on_order_event.handler(records(*batch), LambdaContext())
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(monkeypatch)


FINAL = modified(packaged())
DELIVERED = delivery("DeliveryCompleted")


def test_a_batch_is_handled(service: Service) -> None:
    assert service.receive(created(), FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"
    assert service.payments.rows[ORDER]["correlationId"] == DELIVERED["id"], "without metadata: the id of the event"


def test_the_payment_keeps_the_currency_of_its_order(service: Service) -> None:
    """The first event has it. A later one of an order without a currency has that of the environment, which may have
    changed by then."""
    assert service.receive(created(currency="EUR"), modified({**packaged(), "currency": "DKK"}), DELIVERED) == []
    row = service.payments.rows[ORDER]
    assert (row["status"], row["currency"]) == ("CAPTURED", "EUR")


def test_poison_is_a_dead_letter_and_does_not_hold_up_the_batch(service: Service) -> None:
    long = delivery("DeliveryCompleted")
    long["detail"]["orderId"] = "x" * 3000
    bad: list[Any] = [
        "{",
        "[]",
        {},
        bus_event("ecommerce.orders", "OrderCreated", {"orderId": ORDER}),
        bus_event("ecommerce.delivery", "DeliveryCompleted", {}),
        bus_event("ecommerce.delivery", "DeliveryStarted", {"orderId": ORDER}),
        long,
    ]
    assert service.receive(*bad, created()) == []
    assert len(service.dead_letters.messages) == len(bad)
    assert all(error.message for _, error in service.dead_letters.messages)
    assert set(service.dead_letters.back_to) == {"queue"}
    assert service.payments.rows[ORDER]["status"] == "HELD"


def test_an_unreadable_row_is_a_dead_letter_with_the_reason(service: Service) -> None:
    service.payments.rows[ORDER] = {"orderId": ORDER}
    assert service.receive(DELIVERED) == []
    ((_, error),) = service.dead_letters.messages
    assert "no paymentToken" in error.message


def test_a_failed_message_comes_back_alone_and_each_time_later(service: Service) -> None:
    service.provider.is_down = True
    assert service.receive(created(), FINAL) == ["message-2"]
    assert service.sqs.waits == {"receipt-2": 5}
    service.receive(FINAL, received=6)
    assert service.sqs.waits["receipt-1"] == 160
    assert service.dead_letters.messages == []
    service.provider.is_down = False
    assert service.receive(FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"


def test_while_the_circuit_is_open_messages_go_back_and_nothing_is_written(service: Service) -> None:
    service.provider.is_down = True
    service.receive(created(), *[FINAL] * (MAX_FAILURES - 1))
    assert service.times_opened == 0
    service.receive(*[FINAL] * 3)
    assert service.times_opened == 1, "one more failure; the rest of the batch made no call"
    row = dict(service.payments.rows[ORDER])
    service.provider.is_down = False
    assert service.receive(FINAL, DELIVERED) == ["message-1", "message-2"]
    assert service.payments.rows[ORDER] == row
    assert service.payments.early_events == {}
    service.now += OPEN_SECONDS
    assert service.receive(FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"
    assert service.times_opened == 1


def test_after_the_open_time_one_message_is_the_probe(service: Service) -> None:
    service.provider.is_down = True
    service.receive(created(), *[FINAL] * MAX_FAILURES)
    calls = service.provider.calls
    service.now += OPEN_SECONDS
    assert service.receive(FINAL, FINAL, DELIVERED) == ["message-1", "message-2", "message-3"]
    assert (service.provider.calls, service.times_opened) == (calls + 1, 2)


def test_nothing_personal_is_logged(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.provider.is_down = True
    service.receive(created(), FINAL, DELIVERED)
    assert TOKEN not in capsys.readouterr().out
