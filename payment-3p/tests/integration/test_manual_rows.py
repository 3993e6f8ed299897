"""A row that was put into the table by hand lacks attributes, or has others: it is read with defaults."""

import json
from typing import Any

import pytest

from ecom_testkit.lambda_events import rest_event
from payment_3p_service.domain import NEVER, UNKNOWN_TIME
from payment_3p_service.handlers import rest_check, rest_merchant, rest_payments
from payment_3p_service.repository import Ledger

TOKEN = "by-hand"
Answer = tuple[int, Any]


def call(handler: Any, event: dict[str, Any], **headers: str) -> Answer:
    answer = handler({**event, "headers": {**event["headers"], "Authorization": "Bearer secret", **headers}}, None)
    return answer["statusCode"], json.loads(answer["body"])


def check(amount: int) -> Answer:
    return call(rest_check.handler, rest_event("POST", "/check", {"paymentToken": TOKEN, "amount": amount}))


def operate(path: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return call(rest_merchant.handler, rest_event("POST", path, {"paymentToken": TOKEN, **body}), **(headers or {}))


def read() -> Answer:
    event = rest_event("GET", "/payments/{token}", None)
    return call(rest_payments.handler, {**event, "pathParameters": {"token": TOKEN}})


def put(dynamodb: Any, **attributes: Any) -> None:
    dynamodb.put_item(TableName="Table", Item={"paymentToken": TOKEN, **attributes})


def test_a_token_and_an_amount_are_a_hold(provider: Ledger, dynamodb: Any) -> None:
    put(dynamodb, amount=3000)
    assert check(3000) == (200, {"ok": True})
    assert check(3001) == (200, {"ok": False})
    assert read() == (
        200,
        {
            "paymentToken": TOKEN,
            "status": "HELD",
            "authorised": 3000,
            "captured": 0,
            "refunded": 0,
            "createdAt": UNKNOWN_TIME,
            "expiresAt": NEVER,
        },
    )


def test_it_is_lowered_captured_and_refunded(provider: Ledger, dynamodb: Any) -> None:
    put(dynamodb, amount=3000)
    assert operate("/updateAmount", {"Idempotency-Key": "lower"}, amount=2000) == (200, {"ok": True})
    assert operate("/processPayment") == (200, {"ok": True})
    assert operate("/processPayment") == (200, {"ok": False})
    assert operate("/refund", amount=2000) == (200, {"ok": True})
    assert read()[1]["status"] == "CAPTURED"


def test_it_is_cancelled(provider: Ledger, dynamodb: Any) -> None:
    put(dynamodb, amount=3000)
    assert operate("/cancelPayment") == (200, {"ok": True})
    assert read()[1]["status"] == "CANCELLED"


@pytest.mark.parametrize("attributes", [{}, {"amount": "many"}, {"amount": -1}, {"amount": True}, {"amount": [3000]}])
def test_an_unreadable_amount_is_none(provider: Ledger, dynamodb: Any, attributes: dict[str, Any]) -> None:
    put(dynamodb, **attributes)
    assert check(1) == (200, {"ok": False})
    assert read()[1]["authorised"] == 0


def test_an_unknown_status_declines_every_change(provider: Ledger, dynamodb: Any) -> None:
    put(dynamodb, amount=3000, status="STRANGE", createdAt=7, expiresAt=None, revision="x")
    assert check(1) == (200, {"ok": False})
    for path in ("/processPayment", "/cancelPayment"):
        assert operate(path) == (200, {"ok": False})
    assert read()[1]["status"] == "CANCELLED"


def test_a_strange_revision_is_replaced(provider: Ledger, dynamodb: Any) -> None:
    put(dynamodb, amount=3000, revision="x")
    assert operate("/processPayment") == (200, {"ok": True})
    assert dynamodb.get_item(TableName="Table", Key={"paymentToken": TOKEN})["Item"]["revision"] == 1
