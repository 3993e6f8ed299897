"""The steps of an execution: decisions and waits meet in any order, and every step may run again."""

import json
from typing import Any

import pytest

from ecom.dynamo import Table
from ecom.errors import TryAgain
from ecom.state_machine import RetryLater
from ecom_testkit.lambda_events import LambdaContext, records, stream_record
from returns.tests.builders import (
    NOON,
    RETURN,
    USER,
    MachineSpy,
    OrdersInMemory,
    PaymentInMemory,
    WarehouseInMemory,
    request,
)
from returns.tests.integration.conftest import TABLE
from returns_service import bootstrap
from returns_service.clients import Declined
from returns_service.domain import ReceivedLine, RequestedLine, Return, Status, move, receive
from returns_service.errors import NoSuchReturn, StillPending
from returns_service.handlers import on_return_changed, step_refund, step_register, step_restock, step_wait
from returns_service.repository import Returns
from returns_service.requesting import Requesting
from returns_service.steps import Refunding, Restocking, Waiting
from returns_service.task_tokens import TaskTokens

CONTEXT = LambdaContext()
NOON_TEXT = "2026-03-01T12:00:00.000Z"
# The status in which it waits, when the state was entered, how often it was redriven and retried.
Attempt = tuple[str, str, int, int]


class Service:
    """The service with the other services in memory."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb
        self.returns = Returns(dynamodb, TABLE)
        self.orders, self.machine = OrdersInMemory(), MachineSpy()
        self.payment, self.warehouse = PaymentInMemory(), WarehouseInMemory()
        self.requesting = Requesting(self.returns, self.orders, lambda: NOON, 30, "EUR")
        self.waiting = Waiting(self.returns, TaskTokens(dynamodb, TABLE), self.machine, lambda: NOON)  # type: ignore[arg-type]  # the spy has its methods
        self.restocking = Restocking(self.returns, self.warehouse)
        self.refunding = Refunding(self.returns, self.payment, lambda: NOON)

    def stored(self) -> Return:
        found = self.returns.find(RETURN)
        assert found
        return found

    def request(self) -> None:
        self.requesting.request(request(RequestedLine("kettle", 2)), "request")

    def move(self, to: Status) -> None:
        self.returns.change(RETURN, lambda current: move(current, to, NOON, "staff"), "request")

    def receive(self, quantity: int = 2) -> None:
        lines = [ReceivedLine("kettle", quantity, "RESTOCK")]
        self.returns.change(RETURN, lambda current: receive(current, lines, NOON, "receiveReturn"), "request")

    def wait(self, while_in: str, task: str = "token-1") -> Any:
        """As an execution does that began with an earlier definition of the machine."""
        return step_wait.handler({"returnId": RETURN, "whileIn": while_in, "taskToken": task}, CONTEXT)

    def attempt(self, task: str, attempt: Attempt) -> None:
        while_in, entered, redrives, retries = attempt
        counts = {"entered": entered, "redrives": redrives, "retries": retries}
        step_wait.handler({"returnId": RETURN, "whileIn": while_in, "taskToken": task, "attempt": counts}, CONTEXT)

    def stream(self) -> dict[str, Any]:
        """The function behind the stream gets the return as it is now."""
        item = Table(self.dynamodb, TABLE).get({"id": f"return#{RETURN}"})
        return on_return_changed.handler(records(stream_record({"id": f"return#{RETURN}"}, None, item)), None)


@pytest.fixture
def service(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service(dynamodb)
    for name in ("returns", "requesting", "machine", "waiting", "restocking", "refunding"):
        monkeypatch.setattr(bootstrap, name, lambda name=name: getattr(made, name))
    monkeypatch.setattr(bootstrap, "currency", lambda: "EUR")
    return made


class TestRegister:
    def register(self, **event: Any) -> Any:
        return step_register.handler({"returnId": RETURN, **event}, CONTEXT)

    def test_a_return_that_graphql_stored_is_read(self, service: Service) -> None:
        service.request()
        assert self.register() == {"returnId": RETURN, "status": "REQUESTED"}
        service.move(Status.CANCELLED)
        assert self.register() == {"returnId": RETURN, "status": "CANCELLED"}

    def test_without_a_return_it_is_a_defect(self, service: Service) -> None:
        with pytest.raises(NoSuchReturn):
            self.register()

    def test_a_request_from_api_gateway_is_stored(self, service: Service) -> None:
        body = {"orderId": "order-1", "lines": [{"productId": "kettle", "quantity": 1, "reason": 'it\'s "loud" — ñ'}]}
        for _ in range(2):
            assert self.register(userId=USER, request=body) == {"returnId": RETURN, "status": "REQUESTED"}
        assert service.stored().lines[0].reason == 'it\'s "loud" — ñ'
        assert service.stored().history[0].cause == "PUT /returns"

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"orderId": "order-1", "lines": [{"productId": "kettle", "quantity": 9}]}, "3 of product"),
            ({"orderId": "order-1", "lines": [{"productId": "lamp", "quantity": 1}]}, "no product"),
            ({"orderId": "order-9", "lines": [{"productId": "kettle", "quantity": 1}]}, "no such order"),
            ({"orderId": " ", "lines": [{"productId": "kettle", "quantity": 1}]}, "orderId"),
        ],
    )
    def test_one_that_breaks_a_rule_is_refused(self, service: Service, body: Any, reason: str) -> None:
        assert self.register(userId=USER, request=body) == {"returnId": RETURN, "status": "REFUSED"}
        assert reason in service.stored().reason
        assert not service.stored().is_valid

    @pytest.mark.parametrize("order_id", ["half of a pair \ud800", None, 7, {"a": "\ud800"}])
    def test_an_order_id_that_no_item_can_hold_is_refused(self, service: Service, order_id: Any) -> None:
        body = {"orderId": order_id, "lines": [{"productId": "kettle", "quantity": 1}]}
        assert self.register(userId=USER, request=body) == {"returnId": RETURN, "status": "REFUSED"}
        assert "orderId" in service.stored().reason
        assert service.stored().order_id == ""

    def test_a_client_token_of_another_form_is_refused(self, service: Service) -> None:
        body = {"orderId": "order-1", "lines": [{"productId": "kettle", "quantity": 1}]}
        event = {"returnId": f"{USER}_a.b", "userId": USER, "request": body}
        assert step_register.handler(event, CONTEXT) == {"returnId": f"{USER}_a.b", "status": "REFUSED"}
        found = service.returns.find(f"{USER}_a.b")
        assert found
        assert "clientToken" in found.reason

    def test_it_is_retried_while_orders_does_not_answer(self, service: Service) -> None:
        service.orders.is_down = True
        with pytest.raises(RetryLater):
            self.register(
                userId=USER, request={"orderId": "order-1", "lines": [{"productId": "kettle", "quantity": 1}]}
            )
        assert service.returns.find(RETURN) is None


class TestWaits:
    def test_a_decision_ends_the_wait_through_the_stream(self, service: Service) -> None:
        service.request()
        service.wait("REQUESTED")
        assert service.machine.ended == []
        service.move(Status.APPROVED)
        assert service.stream() == {"batchItemFailures": []}
        assert service.machine.ended == [("token-1", "APPROVED")]

    def test_a_decision_that_stands_already_ends_it_at_once(self, service: Service) -> None:
        service.request()
        service.move(Status.APPROVED)
        service.stream()
        assert service.machine.ended == []
        service.wait("REQUESTED")
        assert service.machine.ended == [("token-1", "APPROVED")]

    def test_a_late_record_does_not_end_the_next_wait(self, service: Service) -> None:
        service.request()
        service.wait("REQUESTED", "token-1")
        service.move(Status.APPROVED)
        service.wait("APPROVED", "token-2")
        service.stream()
        assert service.machine.ended == []
        service.receive()
        service.stream()
        assert service.machine.ended == [("token-2", "RECEIVED")]

    def test_a_late_write_of_an_earlier_token_does_not_replace_that_of_the_next_wait(self, service: Service) -> None:
        """DynamoDB's answer was lost, and the SDK's repeat came after the decision and after the next state."""
        service.request()
        service.wait("REQUESTED", "token-1")
        service.move(Status.APPROVED)
        service.wait("APPROVED", "token-2")
        service.wait("REQUESTED", "token-1")
        service.receive()
        service.stream()
        assert service.machine.ended == [("token-2", "RECEIVED")]

    @pytest.mark.parametrize("while_in", ["REQUESTED", "APPROVED"])
    def test_a_state_that_is_tried_again_has_the_token_of_its_last_attempt(
        self, service: Service, while_in: str
    ) -> None:
        service.request()
        if while_in == "APPROVED":
            service.move(Status.APPROVED)
        service.wait(while_in, "token-1")
        service.wait(while_in, "token-2")
        service.move(Status.CANCELLED)
        service.stream()
        assert service.machine.ended == [("token-2", "CANCELLED")]

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            (("REQUESTED", NOON_TEXT, 0, 0), ("APPROVED", "2026-03-01T12:00:01.5Z", 0, 0)),
            (("REQUESTED", NOON_TEXT, 0, 9), ("REQUESTED", NOON_TEXT, 1, 0)),
            (("REQUESTED", NOON_TEXT, 0, 9), ("REQUESTED", NOON_TEXT, 0, 10)),
        ],
        ids=["the next state", "a redrive", "a retry"],
    )
    def test_a_late_write_does_not_replace_the_token_of_a_later_attempt(
        self, service: Service, earlier: Attempt, later: Attempt
    ) -> None:
        service.request()
        service.attempt("token-1", earlier)
        if later[0] == "APPROVED":
            service.move(Status.APPROVED)
        service.attempt("token-2", later)
        service.attempt("token-1", earlier)
        service.attempt("token-2", later)  # the SDK's repeat of the same write
        service.move(Status.CANCELLED)
        service.stream()
        assert service.machine.ended == [("token-2", "CANCELLED")]

    @pytest.mark.parametrize("to", [Status.CANCELLED, Status.REFUSED])
    def test_other_ends(self, service: Service, to: Status) -> None:
        service.request()
        service.wait("REQUESTED")
        service.move(to)
        service.stream()
        assert service.machine.ended == [("token-1", to)]

    def test_a_wait_that_takes_too_long_expires_the_return(self, service: Service) -> None:
        service.request()
        for _ in range(2):
            answer = step_wait.handler({"returnId": RETURN, "whileIn": "REQUESTED"}, CONTEXT)
            assert answer == {"returnId": RETURN, "status": "EXPIRED"}
        assert service.stored().history[-1].cause == "timeout"

    def test_a_decision_at_the_same_moment_stands(self, service: Service) -> None:
        service.request()
        service.move(Status.APPROVED)
        answer = step_wait.handler({"returnId": RETURN, "whileIn": "REQUESTED"}, CONTEXT)
        assert answer == {"returnId": RETURN, "status": "APPROVED"}

    def test_the_token_is_in_no_item_of_a_return(self, service: Service) -> None:
        service.request()
        service.wait("REQUESTED", "secret-token")
        item = Table(service.dynamodb, TABLE).get({"id": f"return#{RETURN}"})
        assert "secret-token" not in json.dumps(item, default=str)


class TestTheStream:
    def test_a_new_return_starts_its_execution(self, service: Service) -> None:
        service.request()
        service.stream()
        assert service.machine.started == [(RETURN, "request")]

    def test_it_is_read_again_from_the_record_that_failed(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(_name: str, _given: object) -> None:
            raise TryAgain("Step Functions does not answer")

        service.request()
        monkeypatch.setattr(service.machine, "start", down)
        assert service.stream() == {"batchItemFailures": [{"itemIdentifier": "100000000000000000001"}]}


class TestSettlement:
    @pytest.fixture(autouse=True)
    def received(self, service: Service) -> None:
        service.request()
        service.move(Status.APPROVED)
        service.receive()

    def restock(self) -> Any:
        return step_restock.handler({"returnId": RETURN}, CONTEXT)

    def refund(self) -> Any:
        return step_refund.handler({"returnId": RETURN}, CONTEXT)

    def test_stock_and_money_once(self, service: Service) -> None:
        for _ in range(3):
            assert self.restock()["returnId"] == RETURN
            assert self.refund() == {"returnId": RETURN, "status": "REFUNDED"}
        assert service.warehouse.restocked == {RETURN: {"kettle": 2}}
        assert service.payment.refunds == {RETURN: 2 * 3990}
        assert service.stored().refund == 2 * 3990

    def test_the_end_belongs_to_the_request_for_the_return(self, service: Service) -> None:
        """Its event carries the correlation id that is stored."""
        step_refund.handler({"returnId": RETURN, "correlationId": "execution"}, CONTEXT)
        item = Table(service.dynamodb, TABLE).get({"id": f"return#{RETURN}"})
        assert item
        assert item["correlationId"] == "execution"

    def test_no_more_than_is_left(self, service: Service) -> None:
        service.payment.left = 1000
        self.refund()
        assert (service.stored().status, service.stored().refund) == (Status.REFUNDED, 1000)

    def test_a_declined_refund_fails_the_return(self, service: Service) -> None:
        service.payment.fault = Declined("REFUND_DECLINED")
        assert self.refund() == {"returnId": RETURN, "status": "FAILED"}
        assert "REFUND_DECLINED" in service.stored().reason
        service.payment.fault = None
        assert self.refund() == {"returnId": RETURN, "status": "FAILED"}
        assert service.payment.refunds == {}

    @pytest.mark.parametrize("fault", [StillPending(), TryAgain("no answer")])
    def test_an_unknown_outcome_is_asked_for_again(self, service: Service, fault: Exception) -> None:
        service.payment.fault = fault
        with pytest.raises(RetryLater):
            self.refund()
        assert service.stored().status is Status.RECEIVED
        service.payment.fault = None
        assert self.refund()["status"] == "REFUNDED"

    def test_a_warehouse_that_does_not_answer(self, service: Service) -> None:
        service.warehouse.fault = TryAgain("no answer")
        with pytest.raises(RetryLater):
            self.restock()


@pytest.mark.parametrize("step", [step_restock, step_refund])
def test_nothing_came_back(service: Service, step: Any) -> None:
    service.request()
    service.move(Status.APPROVED)
    service.receive(0)
    step.handler({"returnId": RETURN}, CONTEXT)
    assert (service.warehouse.restocked, service.payment.refunds) == ({}, {})
    if step is step_refund:
        assert (service.stored().status, service.stored().refund) == (Status.REFUNDED, 0)


def test_no_refund_before_goods(service: Service) -> None:
    service.request()
    assert step_refund.handler({"returnId": RETURN}, CONTEXT) == {"returnId": RETURN, "status": "REQUESTED"}
    assert service.payment.refunds == {}
