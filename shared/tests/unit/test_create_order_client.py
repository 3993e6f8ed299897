"""createOrder, invoked as a service."""

import io
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.stub import Stubber

from ecom.create_order_client import OrdersFunction, read_answer
from ecom.errors import TryAgain

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


def test_an_answer_has_no_payment_token_and_no_nulls() -> None:
    assert read_answer(ACCEPTED).order == {"orderId": "1"}
    refused = {"success": False, "problems": [{"code": "TOTAL_CHANGED", "expected": 3, "productId": None}]}
    answer = read_answer(refused)
    assert (answer.order, answer.problems) == (None, ({"code": "TOTAL_CHANGED", "expected": 3},))
    assert answer.codes == {"TOTAL_CHANGED"}
