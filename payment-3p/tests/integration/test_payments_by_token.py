"""POST /payments: many payments in one request, for a merchant who compares them with its own records."""

import json
from typing import Any

import pytest

from ecom_testkit.lambda_events import rest_event
from payment_3p_service.domain import capture, hold
from payment_3p_service.errors import Busy
from payment_3p_service.handlers import rest_payments
from payment_3p_service.repository import MAX_ATTEMPTS, Ledger


def ask(tokens: Any, authorization: str = "Bearer secret") -> tuple[int, Any]:
    event = rest_event("POST", "/payments", {"paymentTokens": tokens})
    event["headers"]["Authorization"] = authorization
    answer = rest_payments.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def held(provider: Ledger, time: Any) -> str:
    provider.open(hold("held", "4111222233334444", 3000, time(), 30))
    return "held"


def test_known_payments_are_answered_in_any_state_and_others_are_left_out(
    provider: Ledger, held: str, time: Any
) -> None:
    provider.open(hold("captured", "4111222233334444", 2000, time(), 30))
    provider.change("captured", capture)
    status, answer = ask(["captured", "unknown", held, held])
    assert status == 200
    found = {each["paymentToken"]: (each["status"], each["captured"]) for each in answer["payments"]}
    assert (len(answer["payments"]), found) == (2, {"captured": ("CAPTURED", 2000), held: ("HELD", 0)})


@pytest.mark.parametrize("tokens", [[], ["x"] * 101, "token", [7], [""], ["x" * 201], None])
def test_it_takes_1_to_100_tokens(provider: Ledger, tokens: Any) -> None:
    status, answer = ask(tokens)
    assert status == 400
    assert "paymentToken" in answer["message"]


def test_the_merchant_secret_is_required(provider: Ledger) -> None:
    assert ask(["x"], "Bearer wrong")[0] == 401


class Unprocessed:
    """Leaves all keys unprocessed for some requests."""

    def __init__(self, client: Any, rounds: int) -> None:
        self._client, self._left = client, rounds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, **request: Any) -> Any:
        assert all(each["ConsistentRead"] for each in request["RequestItems"].values())
        if self._left:
            self._left -= 1
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return self._client.batch_get_item(**request)


def test_unprocessed_keys_are_read_again_but_not_for_ever(held: str, dynamodb: Any, time: Any) -> None:
    slow: Any = Unprocessed(dynamodb, MAX_ATTEMPTS - 1)
    (payment,) = Ledger(slow, "Table", "KeysTable", time, lambda _: None).find_many([held])
    assert payment.token == held
    busy: Any = Unprocessed(dynamodb, 1000)
    with pytest.raises(Busy):
        Ledger(busy, "Table", "KeysTable", time, lambda _: None).find_many([held])
