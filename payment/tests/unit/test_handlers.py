"""The queue's messages in, the table's changes out; each on its own, and none of them lost."""

import json
from typing import Any, cast

import pytest

import payment_service
from ecom.errors import TryAgain
from ecom.events import parse
from ecom.message_queue import Queue
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, queue_record, records, stream_record
from payment.tests.builders import HELD, ORDER, TOKEN, created, delivery, modified, packaged
from payment.tests.fakes import PaymentsInMemory, ProviderInMemory
from payment_service import bootstrap
from payment_service.circuit_breaker import REST_SECONDS, SILENCES, Breaker, WatchedProvider
from payment_service.domain import Facts
from payment_service.events import SOURCE, events_of
from payment_service.handlers import on_order_event
from payment_service.payment_events import heard
from payment_service.settlement import Keeper

SCHEMAS = Schemas.of_service(payment_service.__file__)


class PuttingBack:
    """The queue's client: who was put back, and for how long."""

    def __init__(self) -> None:
        self.waits: dict[str, int] = {}

    def change_message_visibility(self, **retry_later: Any) -> None:
        self.waits[retry_later["ReceiptHandle"]] = retry_later["VisibilityTimeout"]


class Service:
    """The function over fakes, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.payments, self.provider = PaymentsInMemory(), ProviderInMemory()
        self.provider.hold(TOKEN, HELD)
        self.letters, self.queue, self.now = DeadLetterSpy(), PuttingBack(), 0.0
        self.rests = 0
        breaker = Breaker(lambda: self.now, self.rest)
        keeper = Keeper(self.payments, WatchedProvider(self.provider, breaker), lambda: None)
        queue = Queue(cast("Any", self.queue), "queue")
        self.keeping = bootstrap.Keeping(keeper, breaker, SCHEMAS, queue, self.letters)

    def rest(self) -> None:
        self.rests += 1

    def receive(self, *bodies: Any, received: int = 1) -> list[str]:
        """Hand over messages; answer which of them come back."""
        batch = [queue_record(body, number=number, received=received) for number, body in enumerate(bodies, 1)]
        answer = on_order_event.handler(records(*batch), LambdaContext())
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(bootstrap, "keeping", lambda: service.keeping)
    return service


FINAL = modified(packaged())
DELIVERED = delivery("DeliveryCompleted")


def test_a_batch_is_done(service: Service) -> None:
    assert service.receive(created(), FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"
    assert service.payments.rows[ORDER]["correlationId"] == DELIVERED["id"], "an older producer's event has its own id"


def test_what_no_retry_can_help_is_a_dead_letter_and_holds_nobody_up(service: Service) -> None:
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
    assert len(service.letters.letters) == len(bad)
    assert all(error.message for _, error in service.letters.letters)
    assert set(service.letters.back_to) == {"queue"}
    assert service.payments.rows[ORDER]["status"] == "HELD"


def test_a_row_that_is_no_payment_is_a_dead_letter_with_the_reason(service: Service) -> None:
    service.payments.rows[ORDER] = {"orderId": ORDER}
    assert service.receive(DELIVERED) == []
    ((_, error),) = service.letters.letters
    assert "no paymentToken" in error.message


def test_what_failed_comes_back_later_and_later_and_alone(service: Service) -> None:
    service.provider.silent = True
    assert service.receive(created(), FINAL) == ["message-2"]
    assert service.queue.waits == {"receipt-2": 5}
    service.receive(FINAL, received=6)
    assert service.queue.waits["receipt-1"] == 160
    assert service.letters.letters == []
    service.provider.silent = False
    assert service.receive(FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"


def test_a_provider_that_stays_silent_is_left_alone_and_messages_go_back_untouched(service: Service) -> None:
    service.provider.silent = True
    service.receive(created(), *[FINAL] * (SILENCES - 1))
    assert service.rests == 0
    service.receive(*[FINAL] * 3)
    assert service.rests == 1, "one silence more, and the rest of the batch did not ask"
    row = dict(service.payments.rows[ORDER])
    service.provider.silent = False
    assert service.receive(FINAL, DELIVERED) == ["message-1", "message-2"]
    assert service.payments.rows[ORDER] == row
    assert service.payments.early_facts == {}
    service.now += REST_SECONDS
    assert service.receive(FINAL, DELIVERED) == []
    assert service.payments.rows[ORDER]["status"] == "CAPTURED"
    assert service.rests == 1


def test_after_the_rest_one_message_is_the_probe(service: Service) -> None:
    service.provider.silent = True
    service.receive(created(), *[FINAL] * SILENCES)
    asked = service.provider.asked
    service.now += REST_SECONDS
    assert service.receive(FINAL, FINAL, DELIVERED) == ["message-1", "message-2", "message-3"]
    assert (service.provider.asked, service.rests) == (asked + 1, 2)


def test_after_a_rest_one_silence_is_enough_and_one_answer_forgives() -> None:
    now = [0.0]
    provider = ProviderInMemory()
    breaker = Breaker(lambda: now[0], lambda: None)
    watched = WatchedProvider(provider, breaker)

    def ask() -> None:
        try:
            watched.books("token")
        except TryAgain:
            return

    provider.silent = True
    for _ in range(SILENCES - 1):
        ask()
        breaker.must_be_closed()
    provider.silent = False
    ask()
    provider.silent = True
    for _ in range(SILENCES):
        breaker.must_be_closed()
        ask()
    with pytest.raises(TryAgain):
        breaker.must_be_closed()
    now[0] += REST_SECONDS
    breaker.must_be_closed()
    ask()
    with pytest.raises(TryAgain):
        breaker.must_be_closed()


def test_nothing_personal_is_logged(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.provider.silent = True
    service.receive(created(), FINAL, DELIVERED)
    assert TOKEN not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("detail_type", "expected"),
    [
        ("DeliveryCompleted", Facts(delivered=True)),
        ("DeliveryFailed", Facts(ended=True)),
    ],
)
def test_what_a_fact_says(detail_type: str, expected: Facts) -> None:
    assert heard(parse(delivery(detail_type), SCHEMAS)) == (ORDER, expected)


# --- the table's stream ---


def announced(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[dict[str, Any]]:
    change = read_change(stream_record({"orderId": ORDER}, old, new), SOURCE)
    documents = [event.document() for event in events_of(change)]
    for document in documents:
        SCHEMAS.check(document["detail-type"], json.loads(json.dumps(document)))
    return documents


ROW = {"orderId": ORDER, "paymentToken": TOKEN, "status": "HELD"}


@pytest.mark.parametrize(
    ("status", "detail_type"),
    [("CAPTURED", "PaymentCaptured"), ("VOIDED", "PaymentVoided"), ("FAILED", "PaymentFailed")],
)
def test_the_end_of_a_payment_is_announced(status: str, detail_type: str) -> None:
    end = {**ROW, "status": status, "amount": 2500, "version": 1, "correlationId": "c-1"}
    (event,) = announced(ROW, end)
    assert (event["detail-type"], event["resources"]) == (detail_type, [ORDER])
    metadata = event["detail"].pop("metadata")
    assert event["detail"] == {"orderId": ORDER, "amount": 2500}, "nobody else needs the token"
    assert (metadata["sequence"], metadata["correlationId"]) == (1, "c-1")
    by_hand = {name: value for name, value in ROW.items() if name != "status"}
    assert len(announced(by_hand, end)) == 1
    assert announced(end, {**end, "note": "by hand"}) == []


def test_nothing_else_is(service: Service) -> None:
    assert announced(None, ROW) == []
    assert announced(ROW, {**ROW, "lowered": 1}) == []
    assert announced({**ROW, "status": "CAPTURED"}, None) == []
