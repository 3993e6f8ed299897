"""Refunds on the tables of the template: once at the provider, never more than was captured, whatever stops midway."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

import payment_service
from ecom import jsons
from ecom.backoff import Backoff
from ecom.dynamo import Table, plain, typed
from ecom.errors import PlatformError, TryAgain
from ecom.runtime import Runtime
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import (
    LambdaContext,
    field_event,
    person,
    queue_record,
    records,
    rest_event,
    stream_record,
)
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.throttling import FAILURES, FailingClient
from payment.tests.fakes import ProviderInMemory
from payment_service import bootstrap
from payment_service.circuit_breaker import CircuitBreaker, GuardedProvider
from payment_service.domain import LedgerStatus
from payment_service.events import SOURCE, events_of
from payment_service.handlers import graphql_refund_order, on_order_event, on_refund_stored, rest_refund
from payment_service.refund_repository import Refunds
from payment_service.refunding import Refunding
from payment_service.refunds import RefundStatus, Request

CAPTURED = 5000
ORDER, TOKEN = "order-1", "token-1"
Spies = tuple[QueueSpy, DeadLetterSpy]
SCHEMAS = Schemas.of_service(payment_service.__file__)


@dataclass
class Shop:
    """One captured payment, its provider, and the handlers around them."""

    client: Any
    provider: ProviderInMemory = field(default_factory=ProviderInMemory)

    def __post_init__(self) -> None:
        self.rows, self.refunds = Table(self.client, "Table"), Table(self.client, "RefundsTable")
        self.ledger = self.provider.hold(TOKEN, CAPTURED)
        self.ledger.status, self.ledger.captured = LedgerStatus.CAPTURED, CAPTURED
        self.write(status="CAPTURED", amount=CAPTURED)

    def write(self, **attributes: Any) -> None:
        self.rows.put({"orderId": ORDER, "paymentToken": TOKEN, "etag": 7, "version": 1, **attributes})

    def repository(self, client: Any = None) -> Refunds:
        backoff = Backoff(max_attempts=4, sleep=lambda _: None)
        return Refunds(client or self.client, "Table", "RefundsTable", backoff)

    def refunding(self, client: Any = None) -> Refunding:
        guarded = GuardedProvider(self.provider, bootstrap.circuit_breaker())
        breaker = bootstrap.circuit_breaker()
        return Refunding(self.repository(client), guarded, breaker.check, lambda: "2026-03-01T12:00:00.000Z")

    @property
    def row(self) -> dict[str, Any]:
        return dict(self.rows.get({"orderId": ORDER}) or {})

    @property
    def sums(self) -> tuple[int, int, int]:
        """Paid back and under way by the row, paid back by the ledger."""
        return self.row.get("refunded", 0), self.row.get("refunding", 0), self.ledger.refunded


@pytest.fixture
def shop(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    breaker = CircuitBreaker(lambda: 0.0, lambda: None)
    monkeypatch.setattr(bootstrap, "circuit_breaker", lambda: breaker)
    made = Shop(dynamodb)
    monkeypatch.setattr(bootstrap, "refunding", made.refunding)
    return made


def post(amount: int, refund_id: str = "refund-1", **changes: Any) -> tuple[int, dict[str, Any]]:
    body = {"refundId": refund_id, "orderId": ORDER, "amount": amount, **changes}
    answer = rest_refund.handler(rest_event("POST", "/backend/refund", body), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def code(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, body = answer
    assert body["ok"] is False
    return status, body["problems"][0]["code"]


def done(amount: int, refunded: int) -> tuple[int, dict[str, Any]]:
    return 200, {"ok": True, "status": "DONE", "amount": amount, "refunded": refunded}


PENDING = (202, {"ok": True, "status": "PENDING"})


class TestRest:
    def test_refunds_up_to_what_was_captured(self, shop: Shop) -> None:
        assert post(2000) == done(2000, 2000)
        assert post(3000, "refund-2") == done(3000, 5000)
        assert code(post(1, "refund-3")) == (409, "MORE_THAN_CAPTURED")
        assert shop.sums == (5000, 0, 5000)

    def test_a_repeat_refunds_once(self, shop: Shop) -> None:
        assert post(2000) == post(2000) == done(2000, 2000)
        assert shop.ledger.done == ["refund 2000"]

    @pytest.mark.parametrize("changes", [{"amount": 1999}, {"orderId": "other"}, {"atMost": True}])
    def test_the_same_id_with_other_content_is_refused(self, shop: Shop, changes: dict[str, Any]) -> None:
        post(2000)
        assert code(post(**{"amount": 2000, **changes})) == (409, "IDEMPOTENCY_MISMATCH")
        assert shop.sums == (2000, 0, 2000)

    def test_at_most_is_cut_to_what_is_left(self, shop: Shop) -> None:
        post(4000)
        assert post(4000, "refund-2", atMost=True) == done(1000, 5000)
        assert post(4000, "refund-2", atMost=True) == done(1000, 5000)
        assert post(4000, "refund-3", atMost=True) == done(0, 5000)
        assert shop.ledger.done == ["refund 4000", "refund 1000"]

    def test_at_most_is_not_cut_because_of_a_refund_under_way(self, shop: Shop) -> None:
        """The provider may decline that one: then its amount is left, and the smaller refund would be final."""
        shop.provider.scripts["refund"] = ["TIMEOUT_BEFORE", "DECLINE"]
        assert post(3000) == PENDING
        assert code(post(4000, "refund-2", atMost=True)) == (503, "REFUNDS_PENDING")
        assert code(post(3000)) == (409, "REFUND_DECLINED")
        assert post(4000, "refund-2", atMost=True) == done(4000, 4000)

    def test_at_most_does_not_wait_for_refunds_that_leave_enough(self, shop: Shop) -> None:
        shop.provider.scripts["refund"] = ["TIMEOUT_BEFORE"]
        assert post(3000) == PENDING
        assert post(2000, "refund-2", atMost=True) == done(2000, 2000)

    @pytest.mark.parametrize("status", ["VOIDED", "FAILED"])
    def test_nothing_was_captured(self, shop: Shop, status: str) -> None:
        shop.write(status=status, amount=CAPTURED)
        assert code(post(1)) == (409, "NOT_CAPTURED")

    def test_a_payment_whose_order_is_not_known_yet(self, shop: Shop) -> None:
        """The event about the order may be hours late."""
        assert code(post(1, orderId="unknown")) == (503, "CAPTURE_PENDING")
        assert shop.ledger.done == []

    def test_a_payment_that_is_still_held(self, shop: Shop) -> None:
        shop.write(status="HELD")
        assert code(post(1)) == (503, "CAPTURE_PENDING")

    def test_a_declined_refund_is_final_and_gives_its_amount_back(self, shop: Shop) -> None:
        shop.provider.scripts["refund"] = ["DECLINE"]
        assert code(post(5000)) == code(post(5000)) == (409, "REFUND_DECLINED")
        assert shop.sums == (0, 0, 0)
        assert post(5000, "refund-2") == done(5000, 5000)

    @pytest.mark.parametrize("behaviour", ["TIMEOUT_BEFORE", "TIMEOUT_AFTER", "LATE"])
    def test_a_silent_provider_is_asked_again_with_the_same_key(self, shop: Shop, behaviour: str) -> None:
        shop.provider.scripts["refund"] = [behaviour]
        assert post(3000) == PENDING
        assert code(post(2001, "refund-2")) == (409, "MORE_THAN_CAPTURED"), "a refund under way counts"
        shop.provider.arrive()
        assert post(3000) == done(3000, 3000)
        assert shop.ledger.done == ["refund 3000"]
        assert shop.sums == (3000, 0, 3000)

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": 0},
            {"amount": -1},
            {"amount": "1"},
            {"amount": True},
            {"atMost": 1},
            {"refundId": ""},
            {"other": 1},
        ],
    )
    def test_malformed_requests(self, shop: Shop, changes: dict[str, Any]) -> None:
        assert post(**{"amount": 1, **changes})[0] == 400

    def test_the_open_circuit_stores_the_refund_and_does_not_call_the_provider(self, shop: Shop) -> None:
        shop.provider.is_down = True
        for number in range(5):
            assert post(100, f"refund-{number}") == PENDING
        assert shop.provider.calls == 3
        assert shop.sums == (0, 500, 0)

    def test_a_row_that_was_written_manually(self, shop: Shop) -> None:
        shop.rows.put({"orderId": ORDER, "paymentToken": TOKEN, "status": "CAPTURED", "amount": 100})
        assert post(100) == done(100, 100)


class TestConcurrency:
    def test_two_refunds_at_once_never_exceed_what_was_captured(self, shop: Shop) -> None:
        """The second one is stored between the read and the write of the first."""
        repository = shop.repository()
        answers: list[Any] = []

        def decide_late(decide: Callable[..., Any]) -> Callable[..., Any]:
            def decide_after_another(payment: Any, balance: Any) -> Any:
                refund = decide(payment, balance)
                if not answers:
                    answers.append(post(3000, "refund-2"))
                return refund

            return decide_after_another

        class Late(Refunds):
            def store(self, request: Request, decide: Any, at: str, correlation_id: str) -> Any:
                return repository.store(request, decide_late(decide), at, correlation_id)

        late = Late(shop.client, "Table", "RefundsTable")
        refunding = Refunding(late, shop.provider, lambda: None, lambda: "")
        with pytest.raises(PlatformError, match="2000 of 5000 are left"):
            refunding.store(Request("refund-1", ORDER, 3000), "c-1")
        assert answers == [done(3000, 3000)]
        assert shop.sums == (3000, 0, 3000)

    def test_the_same_refund_at_once_is_stored_once(self, shop: Shop) -> None:
        request = Request("refund-1", ORDER, 3000)
        first = shop.refunding().store(request, "c-1")
        again = shop.repository().store(request, lambda payment, balance: first.refund, "", "c-2")
        assert again == first
        assert shop.row["refunding"] == 3000

    def test_the_same_refund_ends_once(self, shop: Shop) -> None:
        stored = shop.refunding().store(Request("refund-1", ORDER, 3000), "c-1")
        for _ in range(3):
            ended = shop.repository().end(stored, RefundStatus.DONE, "", "c-1")
        assert shop.repository().end(stored, RefundStatus.FAILED, "", "c-1") == ended
        assert (ended.refund.status, shop.row["refunded"], shop.row["refunding"]) == (RefundStatus.DONE, 3000, 0)
        assert shop.row["version"] == 2


@pytest.mark.parametrize(("error", "status"), FAILURES)
def test_a_table_that_fails_at_any_request_leaves_a_refund_that_can_be_repeated(
    shop: Shop, error: str, status: int
) -> None:
    for succeed in range(8):
        request = Request(f"refund-{succeed}", ORDER, 10)
        try:
            failing = shop.refunding(FailingClient(error, status, shop.client, succeed))
            failing.refund(request, "c-1")
        except TryAgain:
            pass  # it could not be stored; else it is pending
        shop.refunding().refund(request, "c-1")
        assert shop.sums == (10 * (succeed + 1), 0, 10 * (succeed + 1)), f"after {succeed} requests"


class TestQueue:
    @pytest.fixture(autouse=True)
    def spies(self, monkeypatch: pytest.MonkeyPatch) -> Spies:
        spies = QueueSpy(), DeadLetterSpy()
        runtime = Runtime(payment_service.__file__, queue=spies[0], dead_letters=spies[1])
        monkeypatch.setattr(bootstrap, "runtime", runtime)
        return spies

    def messages(self, shop: Shop, queue: QueueSpy) -> list[str]:
        """The messages that the stream of the table sends, and their delay."""
        images = [
            stream_record({"refundId": item["refundId"]}, None, item) for page in shop.refunds.pages() for item in page
        ]
        on_refund_stored.handler({"Records": images}, None)
        assert {delay for _, delay in queue.sent} == {on_refund_stored.DELAY_SECONDS}
        return [jsons.dumps(body) for body, _ in queue.sent]

    def test_a_refund_whose_caller_died_ends_by_the_queue(self, shop: Shop, spies: Spies) -> None:
        shop.refunding().store(Request("refund-1", ORDER, 3000), "c-1")
        (body,) = self.messages(shop, spies[0])
        event = records(queue_record(body), queue_record(body, number=2))
        assert on_order_event.handler(event, LambdaContext()) == {"batchItemFailures": []}
        assert shop.ledger.done == ["refund 3000"]
        assert shop.sums == (3000, 0, 3000)

    def test_the_message_comes_back_while_the_provider_is_silent(self, shop: Shop, spies: Spies) -> None:
        shop.provider.is_down = True
        assert post(3000) == PENDING
        (body,) = self.messages(shop, spies[0])
        event = records(queue_record(body))
        failed = on_order_event.handler(event, LambdaContext())
        assert failed == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
        shop.provider.is_down = False
        assert on_order_event.handler(event, LambdaContext()) == {"batchItemFailures": []}
        assert shop.sums == (3000, 0, 3000)

    def test_what_could_not_be_sent_is_read_again(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        class Refusing(QueueSpy):
            def send(self, body: Any, delay_seconds: int = 0) -> None:
                if body["detail"]["refundId"] == "refund-2":
                    raise RuntimeError

        monkeypatch.setattr(bootstrap, "runtime", Runtime(payment_service.__file__, queue=Refusing()))
        items = [
            {"refundId": f"refund-{number}", "orderId": ORDER, "correlationId": "c-1", "status": "PENDING"}
            for number in (1, 2, 3)
        ]
        batch = [stream_record({"refundId": item["refundId"]}, None, item, number=n) for n, item in enumerate(items)]
        answer = on_refund_stored.handler({"Records": batch}, None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": batch[1]["dynamodb"]["SequenceNumber"]}]}

    def test_a_message_without_a_refund_is_a_dead_letter(self, shop: Shop, spies: Spies) -> None:
        event = records(queue_record({"detail-type": "RefundStored", "detail": {}}))
        assert on_order_event.handler(event, LambdaContext()) == {"batchItemFailures": []}
        assert len(spies[1].messages) == 1


class TestGraphql:
    def refund(self, amount: int = 2000, user: str = "admin-1", **changes: Any) -> dict[str, Any]:
        given = {"orderId": ORDER, "amount": amount, "reason": "late", "clientToken": "once", **changes}
        event = field_event("refundOrder", {"input": given}, person(user, "admin"))
        answer: dict[str, Any] = graphql_refund_order.handler(event, LambdaContext())
        return answer

    def test_a_refund_and_its_repeat(self, shop: Shop) -> None:
        first = self.refund()
        assert (first["orderId"], first["amount"], first["status"]) == (ORDER, 2000, "DONE")
        assert self.refund() == first
        assert shop.ledger.done == ["refund 2000"]
        assert self.refund(user="admin-2")["refundId"] != first["refundId"]

    def test_a_silent_provider_and_a_no(self, shop: Shop) -> None:
        shop.provider.scripts["refund"] = ["DOWN", "DECLINE"]
        assert self.refund()["status"] == "PENDING"
        assert self.refund()["status"] == "FAILED"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"amount": 0}, "INVALID_INPUT"),
            ({"amount": 5001}, "ILLEGAL_MOVE"),
            ({"clientToken": ""}, "INVALID_INPUT"),
            ({"clientToken": "a b"}, "INVALID_INPUT"),
            ({"clientToken": "x" * 44}, "INVALID_INPUT"),
            ({"reason": ""}, "INVALID_INPUT"),
            ({"orderId": "unknown"}, "NOT_FOUND"),
            ({"orderId": ""}, "NOT_FOUND"),
        ],
    )
    def test_refused(self, shop: Shop, changes: dict[str, Any], error: str) -> None:
        assert self.refund(**changes)["error"]["type"] == error
        assert shop.sums == (0, 0, 0)

    @pytest.mark.parametrize("changes", [{"amount": 1}, {"reason": "another"}, {"orderId": "order-2"}])
    def test_the_same_token_with_other_content(self, shop: Shop, changes: dict[str, Any]) -> None:
        self.refund()
        assert self.refund(**changes)["error"]["type"] == "IDEMPOTENCY_MISMATCH"

    def test_before_the_capture(self, shop: Shop) -> None:
        shop.write(status="HELD")
        assert self.refund()["error"]["type"] == "ILLEGAL_MOVE"


def test_one_event_for_each_refund_that_is_done(shop: Shop) -> None:
    before = shop.row
    post(2000)
    after = shop.row
    change = read_change(stream_record({"orderId": ORDER}, before, after), SOURCE)
    (event,) = events_of(change, "EUR")
    document = event.document()
    SCHEMAS.check("PaymentRefunded", jsons.loads(jsons.dumps(document)))
    metadata = document["detail"].pop("metadata")
    assert document["detail"] == {
        "orderId": ORDER,
        "amount": 2000,
        "refundId": "refund-1",
        "refundedTotal": 2000,
        "captured": CAPTURED,
        "currency": "EUR",
    }
    assert metadata["sequence"] == 2
    pending = {**after, "refunding": 100, "etag": after["etag"] + 1}
    assert events_of(read_change(stream_record({"orderId": ORDER}, after, pending), SOURCE), "EUR") == []
    assert plain(typed(pending)) == pending
