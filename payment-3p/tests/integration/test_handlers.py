"""The API over the ledger: authentication, validation and answers."""

import json
from typing import Any

import pytest

from ecom_testkit.lambda_events import rest_event
from payment_3p_service.handlers import rest_check, rest_merchant, rest_payments, rest_preauth
from payment_3p_service.repository import Ledger

CARD = "4111222233334444"
SECRET = {"Authorization": "Bearer secret"}
Answer = tuple[int, Any]


def call(handler: Any, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    event = rest_event("POST" if body is not None else "GET", path, body)
    answer = handler({**event, "headers": {**event["headers"], **(headers or {})}, **more}, None)
    return answer["statusCode"], json.loads(answer["body"])


def preauth(amount: Any = 3000, card: Any = CARD) -> Answer:
    return call(rest_preauth.handler, "/preauth", {"cardNumber": card, "amount": amount})


def token(amount: int = 3000) -> str:
    return str(preauth(amount)[1]["paymentToken"])


def check(payment_token: Any, amount: Any) -> Answer:
    return call(rest_check.handler, "/check", {"paymentToken": payment_token, "amount": amount})


def operate(path: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return call(rest_merchant.handler, path, body, {**SECRET, **(headers or {})})


def read(payment_token: str) -> Answer:
    return call(rest_payments.handler, "/payments/{token}", None, SECRET, pathParameters={"token": payment_token})


def test_a_payment_is_held_lowered_captured_and_refunded(provider: Ledger) -> None:
    made = token()
    assert check(made, 3000) == (200, {"ok": True})
    assert check(made, 3001) == (200, {"ok": False})
    assert operate("/updateAmount", paymentToken=made, amount=2500) == (200, {"ok": True})
    assert operate("/updateAmount", paymentToken=made, amount=2600) == (200, {"ok": False})
    assert operate("/processPayment", paymentToken=made) == (200, {"ok": True})
    assert operate("/processPayment", paymentToken=made) == (200, {"ok": False})
    assert operate("/cancelPayment", paymentToken=made) == (200, {"ok": False})
    assert check(made, 1) == (200, {"ok": False})
    assert operate("/refund", paymentToken=made, amount=2501) == (200, {"ok": False})
    assert operate("/refund", paymentToken=made, amount=500) == (200, {"ok": True})
    status, payment = read(made)
    assert status == 200
    assert {key: payment[key] for key in ("status", "authorised", "captured", "refunded")} == {
        "status": "CAPTURED",
        "authorised": 2500,
        "captured": 2500,
        "refunded": 500,
    }
    assert "4444" not in json.dumps({**payment, "paymentToken": ""}), "no digit of the card"


def test_a_hold_is_cancelled(provider: Ledger) -> None:
    made = token()
    assert operate("/cancelPayment", paymentToken=made) == (200, {"ok": True})
    assert read(made)[1]["status"] == "CANCELLED"
    assert operate("/processPayment", paymentToken=made) == (200, {"ok": False})


def test_an_unknown_token_is_not_ok(provider: Ledger) -> None:
    assert check("unknown", 1) == (200, {"ok": False})
    assert operate("/processPayment", paymentToken="unknown") == (200, {"ok": False})
    assert operate("/cancelPayment", paymentToken="unknown") == (200, {"ok": False})
    assert operate("/updateAmount", paymentToken="unknown", amount=1) == (200, {"ok": False})
    assert read("unknown")[0] == 404


def test_a_repeated_key_gets_the_first_answer_and_belongs_to_one_request(provider: Ledger) -> None:
    made, key = token(), {"idempotency-key": "order-1"}
    assert operate("/processPayment", key, paymentToken=made) == (200, {"ok": True})
    assert operate("/processPayment", key, paymentToken=made) == (200, {"ok": True})
    assert operate("/processPayment", key, paymentToken=token())[0] == 400
    assert operate("/cancelPayment", key, paymentToken=made)[0] == 400


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}])
def test_the_merchant_secret_is_required(provider: Ledger, headers: dict[str, str]) -> None:
    made = token()
    for path in rest_merchant.OPERATIONS:
        status, answer = call(rest_merchant.handler, path, {"paymentToken": made, "amount": 1}, headers)
        assert (status, list(answer)) == (401, ["message"])
    assert call(rest_payments.handler, "/payments", None, headers)[0] == 401
    assert call(rest_payments.handler, "/payments/{token}", None, headers, pathParameters={"token": made})[0] == 401
    assert read(made)[1]["authorised"] == 3000


def test_holds_are_listed(provider: Ledger) -> None:
    made = [token(), token()]
    status, page = call(rest_payments.handler, "/payments", None, SECRET, queryStringParameters={"after": ""})
    assert (status, page["after"]) == (200, None)
    assert sorted(each["paymentToken"] for each in page["payments"]) == sorted(made)
    after = {"after": "x" * 301}
    assert call(rest_payments.handler, "/payments", None, SECRET, queryStringParameters=after)[0] == 400


@pytest.mark.parametrize("card", ["", "411122223333444", "41112222333344445", "4111 2222 3333 44", 4111222233334444,
                                  None, "\uff14111222233334444", f"{CARD}\n"])  # fmt: skip
def test_a_card_number_has_sixteen_digits_and_is_never_repeated(provider: Ledger, card: Any) -> None:
    status, answer = preauth(card=card)
    assert status == 400
    assert "cardNumber" in answer["message"]
    assert not card or str(card).strip() not in answer["message"]


@pytest.mark.parametrize("amount", [-1, 1.0, "1", True, None, 2_147_483_648])
def test_an_amount_is_an_integer_within_the_limits(provider: Ledger, amount: Any) -> None:
    made = token()
    for status, answer in (
        preauth(amount),
        check(made, amount),
        operate("/updateAmount", paymentToken=made, amount=amount),
        operate("/refund", paymentToken=made, amount=amount),
    ):
        assert (status, "amount" in answer["message"]) == (400, True)


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"paymentToken": 7}', '{"paymentToken": ""}',
                                  '{"paymentToken": "x", "more": 1}', "NaN", "[" * 100_000])  # fmt: skip
def test_a_malformed_body_is_a_400_with_a_message(provider: Ledger, body: str) -> None:
    status, answer = call(rest_merchant.handler, "/processPayment", body, SECRET)
    assert (status, bool(answer["message"])) == (400, True)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b"])
def test_a_bad_key_is_a_400(provider: Ledger, key: str) -> None:
    status, answer = operate("/processPayment", {"Idempotency-Key": key}, paymentToken=token())
    assert (status, "Idempotency-Key" in answer["message"]) == (400, True)


@pytest.mark.parametrize("body", [{"cardNumber": CARD, "amount": 1}, {"cardNumber": "1", "amount": 1}])
def test_a_page_of_the_allowed_origin_may_read_results_and_errors(provider: Ledger, body: dict[str, Any]) -> None:
    headers = rest_preauth.handler(rest_event("POST", "/preauth", body), None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "https://shop.example"
    headers = rest_check.handler(rest_event("POST", "/check", {"paymentToken": "t", **body}), None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Credentials" not in headers


def test_no_page_may_read_answers_to_a_merchant(provider: Ledger) -> None:
    event = rest_event("POST", "/refund", {"paymentToken": "t", "amount": 1})
    assert "Access-Control-Allow-Origin" not in rest_merchant.handler(event, None)["headers"]
