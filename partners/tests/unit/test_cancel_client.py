"""cancelOrder, invoked as a service."""

import io
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from ecom.errors import IllegalMove, NotFound, TryAgain
from partners_service.cancel_client import CancelFunction

ARN = "arn:aws:lambda:us-east-1:111122223333:function:cancel-order:live"
REQUEST = {"FunctionName": ARN, "Payload": b'{"orderId":"1","userId":"partner:acme"}'}


@pytest.fixture
def client(fake_aws: None) -> Any:
    return boto3.client("lambda", region_name="us-east-1")


def cancel(client: Any, payload: Any, **more: Any) -> Mapping[str, Any]:
    with Stubber(client) as stubber:
        stubber.add_response("invoke", {"Payload": io.BytesIO(json.dumps(payload).encode()), **more}, REQUEST)
        return CancelFunction(client, ARN).cancel("1", "partner:acme")


def test_the_order_is_answered(client: Any) -> None:
    assert cancel(client, {"orderId": "1", "status": "CANCELLED"})["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("kind", "expected"), [("NOT_FOUND", NotFound), ("ILLEGAL_MOVE", IllegalMove), ("TRY_AGAIN", TryAgain)]
)
def test_a_refusal_keeps_its_type(client: Any, kind: str, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        cancel(client, {"error": {"type": kind, "message": "no"}})


@pytest.mark.parametrize(("payload", "more"), [(None, {}), ({"errorType": "x"}, {"FunctionError": "Unhandled"})])
def test_no_answer_is_try_again(client: Any, payload: Any, more: dict[str, Any]) -> None:
    with pytest.raises(TryAgain):
        cancel(client, payload, **more)


def refused_with(client: Any, code: str, status: int) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error("invoke", code, http_status_code=status)
        CancelFunction(client, ARN).cancel("1", "partner:acme")


@pytest.mark.parametrize(("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500)])
def test_a_busy_lambda_is_try_again(client: Any, code: str, status: int) -> None:
    with pytest.raises(TryAgain):
        refused_with(client, code, status)


def test_a_missing_right_is_a_defect(client: Any) -> None:
    with pytest.raises(ClientError):
        refused_with(client, "AccessDeniedException", 403)


def test_no_answer_in_time_is_try_again() -> None:
    class Silent:
        def invoke(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="x")

    with pytest.raises(TryAgain):
        CancelFunction(Silent(), ARN).cancel("1", "partner:acme")  # type: ignore[arg-type]  # as much as our code calls
