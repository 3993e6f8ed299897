"""GraphQL and REST: who may do what, and what comes out."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ecom_testkit.lambda_events import LambdaContext, field_event, person
from returns.tests.builders import NOON, ORDER, RETURN, STRANGER, USER, OrdersInMemory, request
from returns.tests.integration.conftest import TABLE
from returns_service import bootstrap
from returns_service.domain import RequestedLine, Status, move
from returns_service.handlers import (
    graphql_change_return,
    graphql_get_returns,
    graphql_request_return,
    rest_get_return,
)
from returns_service.repository import Returns
from returns_service.requesting import Requesting

ADMIN, CLERK = person("admin-1", "admin"), person("clerk-1", "warehouse")
SHOPPER, OTHER = person(USER), person(STRANGER)
HANDLERS = {
    "requestReturn": graphql_request_return,
    **dict.fromkeys(("getReturn", "getReturns", "getOpenReturns"), graphql_get_returns),
    **dict.fromkeys(("cancelReturn", "approveReturn", "refuseReturn", "receiveReturn"), graphql_change_return),
}


@pytest.fixture
def returns(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Returns:
    made = Returns(dynamodb, TABLE)
    requesting = Requesting(made, OrdersInMemory(), lambda: NOON, 30, "EUR")
    monkeypatch.setattr(bootstrap, "returns", lambda: made)
    monkeypatch.setattr(bootstrap, "requesting", lambda: requesting)
    monkeypatch.setenv("ALLOWED_ORIGIN", "*")
    monkeypatch.setenv("CURRENCY", "EUR")
    return made


def ask(field: str, identity: Any, **arguments: Any) -> Any:
    return HANDLERS[field].handler(field_event(field, arguments, identity), LambdaContext())


def requested(quantity: int = 2) -> Any:
    line = {"productId": "kettle", "quantity": quantity, "reason": None}
    return ask("requestReturn", SHOPPER, input={"orderId": ORDER, "lines": [line], "clientToken": "return-1"})


def test_a_return_from_request_to_receipt(returns: Returns) -> None:
    made = requested()
    assert made == {
        "returnId": RETURN,
        "orderId": ORDER,
        "userId": USER,
        "createdDate": "2026-03-10T12:00:00.000Z",
        "currency": "EUR",
        "status": "REQUESTED",
        "lines": [{"productId": "kettle", "quantity": 2, "reason": None, "received": None, "restocked": None}],
        "refund": None,
        "reason": None,
        "history": [{"at": "2026-03-10T12:00:00.000Z", "status": "REQUESTED", "cause": "requestReturn"}],
    }
    assert ask("getReturn", SHOPPER, returnId=RETURN) == made
    assert ask("approveReturn", ADMIN, returnId=RETURN)["status"] == "APPROVED"
    lines = [{"productId": "kettle", "quantity": 1, "condition": "RESTOCK"}]
    received = ask("receiveReturn", CLERK, input={"returnId": RETURN, "lines": lines})
    assert (received["status"], received["refund"]) == ("RECEIVED", 3990)
    assert (received["lines"][0]["received"], received["lines"][0]["restocked"]) == (1, 1)


def test_a_return_that_was_stored_without_a_currency_has_the_environments(returns: Returns) -> None:
    requested()
    returns.change(RETURN, lambda current: replace(current, currency=""), "request-2")
    assert ask("getReturn", SHOPPER, returnId=RETURN)["currency"] == "EUR"
    assert [each["currency"] for each in ask("getReturns", SHOPPER, orderId=ORDER)] == ["EUR"]
    assert [each["currency"] for each in ask("getOpenReturns", ADMIN)["returns"]] == ["EUR"]
    assert requested()["currency"] == ask("approveReturn", ADMIN, returnId=RETURN)["currency"] == "EUR"


@pytest.mark.parametrize(
    ("identity", "sees"),
    [(SHOPPER, True), (ADMIN, True), (CLERK, True), (OTHER, False), (person("d", "delivery"), False)],
)
def test_who_sees_a_return(returns: Returns, identity: Any, sees: bool) -> None:
    requested()
    assert (ask("getReturn", identity, returnId=RETURN) is not None) is sees
    assert len(ask("getReturns", identity, orderId=ORDER)) == int(sees)


def test_a_request_that_broke_a_rule_is_seen_by_its_requester_alone(returns: Returns) -> None:
    bootstrap.requesting().register(request(RequestedLine("kettle", 9)), "request-1")
    assert ask("getReturn", SHOPPER, returnId=RETURN)["status"] == "REFUSED"
    assert ask("getReturn", ADMIN, returnId=RETURN) is None
    assert ask("getReturns", ADMIN, orderId=ORDER) == []
    assert ask("approveReturn", ADMIN, returnId=RETURN)["error"]["type"] == "NOT_FOUND"


@pytest.mark.parametrize("identity", [SHOPPER, person("d", "delivery")])
def test_only_staff_list_open_returns(returns: Returns, identity: Any) -> None:
    requested()
    assert ask("getOpenReturns", identity)["error"]["type"] == "Unauthorized"
    assert [each["returnId"] for each in ask("getOpenReturns", CLERK)["returns"]] == [RETURN]


def test_cancelling(returns: Returns) -> None:
    requested()
    assert ask("cancelReturn", OTHER, returnId=RETURN)["error"]["type"] == "NOT_FOUND"
    assert ask("cancelReturn", ADMIN, returnId=RETURN)["error"]["type"] == "NOT_FOUND"
    assert [ask("cancelReturn", SHOPPER, returnId=RETURN)["status"] for _ in range(2)] == ["CANCELLED"] * 2


@pytest.mark.parametrize("field", ["cancelReturn", "approveReturn", "refuseReturn", "receiveReturn"])
@pytest.mark.parametrize("return_id", ["unknown", "x" * 3000, ""])
def test_an_unknown_return_is_not_found(returns: Returns, field: str, return_id: str) -> None:
    arguments = {"returnId": return_id, "reason": "no", "input": {"returnId": return_id, "lines": []}}
    assert ask(field, ADMIN, **arguments)["error"]["type"] == "NOT_FOUND"
    assert ask("getReturn", ADMIN, returnId=return_id) is None


ALLOWED = {
    "approveReturn": {"REQUESTED"},
    "refuseReturn": {"REQUESTED"},
    "receiveReturn": {"APPROVED"},
    "cancelReturn": {"REQUESTED", "APPROVED", "CANCELLED"},
}
PATHS = {
    "REQUESTED": (),
    "APPROVED": (Status.APPROVED,),
    "REFUSED": (Status.REFUSED,),
    "CANCELLED": (Status.CANCELLED,),
    "EXPIRED": (Status.EXPIRED,),
    "RECEIVED": (Status.APPROVED, Status.RECEIVED),
    "REFUNDED": (Status.APPROVED, Status.RECEIVED, Status.REFUNDED),
    "FAILED": (Status.APPROVED, Status.RECEIVED, Status.FAILED),
}


@pytest.mark.parametrize("field", ALLOWED)
@pytest.mark.parametrize("status", PATHS)
def test_every_move_out_of_order_is_refused(returns: Returns, field: str, status: str) -> None:
    requested()
    for to in PATHS[status]:
        returns.change(RETURN, lambda current, to=to: move(current, to, NOON, "x"), "x")  # type: ignore[misc]  # bound now
    identity = SHOPPER if field == "cancelReturn" else ADMIN
    arguments = {"returnId": RETURN, "reason": "no", "input": {"returnId": RETURN, "lines": []}}
    answer = ask(field, identity, **arguments)
    if status in ALLOWED[field]:
        assert "error" not in answer
    else:
        assert answer["error"]["type"] == "ILLEGAL_MOVE"
        found = returns.find(RETURN)
        assert found
        assert found.status == status


class TestRest:
    def get(self, user_id: str, token: str) -> dict[str, Any]:
        event = {
            "requestContext": {"authorizer": {"claims": {"sub": user_id}}},
            "pathParameters": {"clientToken": token},
            "headers": {},
        }
        answer: dict[str, Any] = rest_get_return.handler(event, LambdaContext())
        assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
        return answer

    def test_a_return_that_was_stored_without_a_currency_has_the_environments(self, returns: Returns) -> None:
        requested()
        returns.change(RETURN, lambda current: replace(current, currency=""), "request-2")
        assert json.loads(self.get(USER, "return-1")["body"])["currency"] == "EUR"

    def test_the_shoppers_own(self, returns: Returns) -> None:
        made = requested()
        answer = self.get(USER, "return-1")
        assert (answer["statusCode"], json.loads(answer["body"])) == (200, made)

    @pytest.mark.parametrize(("user_id", "token"), [(STRANGER, "return-1"), (USER, "return-2"), (USER, "x" * 3000)])
    def test_every_other_is_not_found(self, returns: Returns, user_id: str, token: str) -> None:
        requested()
        assert self.get(user_id, token)["statusCode"] == 404
