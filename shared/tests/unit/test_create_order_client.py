"""createOrder, invoked as a service."""

import io
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.stub import Stubber

from ecom import deadline
from ecom.create_order_client import OrderRefused, OrdersFunction, mismatch, order_of
from ecom.errors import InvalidInput, TryAgain
from ecom_testkit.lambda_events import LambdaContext

ARN = "arn:aws:lambda:us-east-1:111122223333:function:create-order:live"
REQUEST = {"FunctionName": ARN, "Payload": b'{"order":{"paymentToken":"t"},"userId":"user-1","channel":"cart"}'}
ACCEPTED = {"success": True, "order": {"orderId": "1", "paymentToken": "t"}, "problems": None}


@pytest.fixture
def client(fake_aws: None) -> Any:
    return boto3.client("lambda", region_name="us-east-1")


def create(client: Any, payload: bytes, **more: Any) -> Mapping[str, Any]:
    with Stubber(client) as stubber:
        stubber.add_response("invoke", {"Payload": io.BytesIO(payload), **more}, REQUEST)
        return OrdersFunction(client, ARN, "cart").create({"paymentToken": "t"}, "user-1")


def test_it_asks_for_an_order_of_the_channel_cart(client: Any) -> None:
    assert create(client, json.dumps(ACCEPTED).encode()) == ACCEPTED


@pytest.mark.parametrize(
    ("payload", "more"),
    [
        (b'{"errorType": "Sandbox.Timedout"}', {"FunctionError": "Unhandled"}),
        (json.dumps(ACCEPTED).encode(), {"FunctionError": "Unhandled"}),
        (b"", {}),
        (b"null", {}),
        (b'{"message": "?"}', {}),
    ],
)
def test_an_answer_that_is_none_leaves_the_outcome_unknown(client: Any, payload: bytes, more: dict[str, Any]) -> None:
    with pytest.raises(TryAgain):
        create(client, payload, **more)


def failing(client: Any, code: str, status: int) -> OrdersFunction:
    stubber = Stubber(client)
    stubber.add_client_error("invoke", code, http_status_code=status)
    stubber.activate()
    return OrdersFunction(client, ARN, "cart")


@pytest.mark.parametrize(("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500)])
def test_a_busy_lambda_is_try_again(client: Any, code: str, status: int) -> None:
    with pytest.raises(TryAgain):
        failing(client, code, status).create({}, "user-1")


def test_a_missing_right_is_a_defect(client: Any) -> None:
    with pytest.raises(ClientError):
        failing(client, "AccessDeniedException", 403).create({}, "user-1")


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="x"), ConnectTimeoutError(endpoint_url="x")])
def test_no_answer_in_time_is_try_again(error: Exception) -> None:
    class Silent:
        def invoke(self, **_: Any) -> Any:
            raise error

    with pytest.raises(TryAgain):
        OrdersFunction(Silent(), ARN, "cart").create({}, "user-1")  # type: ignore[arg-type]  # as much as our code calls


@pytest.mark.parametrize(("remaining_ms", "is_asked"), [(11_300, True), (10_700, False)])
def test_it_is_not_asked_when_connecting_and_its_answer_may_take_too_long(remaining_ms: int, is_asked: bool) -> None:
    asked: list[Any] = []

    class Recording:
        def invoke(self, **request: Any) -> Any:
            asked.append(request)
            raise ReadTimeoutError(endpoint_url="x")

    with deadline.request(LambdaContext(remaining_ms=remaining_ms)), pytest.raises(TryAgain):
        OrdersFunction(Recording(), ARN, "cart").create({}, "user-1")  # type: ignore[arg-type]  # as above
    assert bool(asked) is is_asked


def refusal(*problems: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"success": False, "order": None, "problems": list(problems)}


CHANGED = {"code": "TOTAL_CHANGED", "message": "it changed", "expected": 3}
INVALID = {"code": "INVALID_INPUT", "message": "no city"}
AGAIN = {"code": "TRY_AGAIN", "message": "payment does not answer"}


def test_an_order_has_no_payment_token_and_keeps_its_request() -> None:
    left: list[str] = []
    assert order_of(ACCEPTED, lambda: left.append("left")) == {"orderId": "1"}
    assert not left


def test_a_refusal_has_no_nulls_and_leaves() -> None:
    left: list[str] = []
    with pytest.raises(OrderRefused) as refused:
        order_of(refusal({**CHANGED, "productId": None}, INVALID), lambda: left.append("left"))
    assert (refused.value.problems, refused.value.status) == ([CHANGED, INVALID], 409)
    assert left == ["left"]


def test_invalid_input_alone_is_an_error_of_the_caller_and_leaves() -> None:
    left: list[str] = []
    with pytest.raises(InvalidInput, match="no city; no city"):
        order_of(refusal(INVALID, INVALID), lambda: left.append("left"))
    assert left == ["left"]


def test_an_order_that_may_exist_keeps_its_request() -> None:
    left: list[str] = []
    with pytest.raises(OrderRefused) as refused:
        order_of(refusal(CHANGED, AGAIN), lambda: left.append("left"))
    assert refused.value.status == 503
    assert not left


def test_other_content_is_refused_with_what_to_do() -> None:
    (problem,) = mismatch().problems
    assert problem["code"] == "IDEMPOTENCY_MISMATCH"
    assert "use a new one" in problem["message"]
