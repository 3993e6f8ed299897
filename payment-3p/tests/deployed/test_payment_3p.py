"""The provider from outside. The same against the local cloud and AWS."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from ecom_client.made import made
from ecom_client.platform import Answer, Platform, send

pytestmark = pytest.mark.deployed
CARD = "4242424242424242"
Call = Callable[..., Answer]


@pytest.fixture
def url(platform_outside: Platform) -> str:
    return platform_outside.parameter("payment-3p/api/url")


@pytest.fixture
def merchant(platform_outside: Platform, url: str) -> Call:
    arn = platform_outside.parameter("payment-3p/secret/arn")
    secret = platform_outside.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]

    def call(method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {secret}", **({"Idempotency-Key": key} if key else {})}
        return send(method, f"{url}{path}", body, headers)

    return call


def preauth(url: str, amount: int = 3000, key: str | None = None, card: str = CARD) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    answer = send("POST", f"{url}/preauth", {"cardNumber": card, "amount": amount}, headers)
    if answer.status == 200:
        made(str(answer.body["paymentToken"]))
    return answer


def hold(url: str, amount: int = 3000) -> str:
    answer = preauth(url, amount)
    assert answer.status == 200
    assert set(answer.body) == {"paymentToken"}
    return str(answer.body["paymentToken"])


def concurrently(calls: list[Callable[[], Answer]]) -> list[Answer]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_a_payment_from_hold_to_refund(url: str, merchant: Call) -> None:
    token = hold(url)
    for amount, ok in ((3000, True), (3001, False)):
        assert send("POST", f"{url}/check", {"paymentToken": token, "amount": amount}).body == {"ok": ok}
    assert merchant("POST", "/updateAmount", {"paymentToken": token, "amount": 2500}).body == {"ok": True}
    assert merchant("POST", "/updateAmount", {"paymentToken": token, "amount": 2501}).body == {"ok": False}
    assert merchant("POST", "/processPayment", {"paymentToken": token}).body == {"ok": True}
    assert merchant("POST", "/cancelPayment", {"paymentToken": token}).body == {"ok": False}
    assert merchant("POST", "/refund", {"paymentToken": token, "amount": 500}).body == {"ok": True}
    assert merchant("POST", "/refund", {"paymentToken": token, "amount": 2001}).body == {"ok": False}
    payment = merchant("GET", f"/payments/{token}").body
    found = {name: payment[name] for name in ("status", "authorised", "captured", "refunded")}
    assert found == {"status": "CAPTURED", "authorised": 2500, "captured": 2500, "refunded": 500}


def test_concurrent_updates_lose_nothing(url: str, merchant: Call) -> None:
    token = hold(url, 100)
    amounts = [70, 40, 90, 10, 60, 30]
    answers = concurrently(
        [partial(merchant, "POST", "/updateAmount", {"paymentToken": token, "amount": amount}) for amount in amounts]
    )
    assert {answer.status for answer in answers} == {200}
    granted = [amount for amount, answer in zip(amounts, answers, strict=True) if answer.body["ok"]]
    assert merchant("GET", f"/payments/{token}").body["authorised"] == min(granted) == 10


def test_concurrent_requests_with_one_key_are_one_refund_with_one_answer(url: str, merchant: Call) -> None:
    token, key = hold(url, 100), str(uuid.uuid4())
    assert merchant("POST", "/processPayment", {"paymentToken": token}).body == {"ok": True}
    body = {"paymentToken": token, "amount": 30}
    answers = concurrently([partial(merchant, "POST", "/refund", body, key)] * 8)
    assert [(answer.status, answer.body) for answer in answers] == [(200, {"ok": True})] * 8
    assert merchant("GET", f"/payments/{token}").body["refunded"] == 30
    assert merchant("POST", "/refund", {**body, "amount": 31}, key).status == 400


def test_a_repeated_preauth_with_one_key_holds_once(url: str, merchant: Call) -> None:
    """A page repeats the request after a lost answer, perhaps while the first one is still under way."""
    key = str(uuid.uuid4())
    answers = concurrently([partial(preauth, url, 3000, key)] * 8)
    answers.append(preauth(url, 3000, key))
    assert {answer.status for answer in answers} == {200}
    (token,) = {answer.body["paymentToken"] for answer in answers}
    assert merchant("GET", f"/payments/{token}").body["authorised"] == 3000
    refused = preauth(url, 3001, key)
    assert (refused.status, "Idempotency-Key" in refused.body["message"]) == (400, True)
    assert preauth(url, 3000, key).body == {"paymentToken": token}
    assert preauth(url, 3000).body != {"paymentToken": token}, "without the key, it is another hold"


def test_a_guessed_key_with_another_card_does_not_get_the_token(url: str) -> None:
    key = str(uuid.uuid4())
    tokens = [preauth(url, 3000, key, card).body["paymentToken"] for card in (CARD, "5555555555554444", CARD)]
    assert tokens[0] == tokens[2] != tokens[1]


def test_of_a_concurrent_capture_and_cancellation_one_takes_effect(url: str, merchant: Call) -> None:
    token = hold(url)
    answers = concurrently(
        [partial(merchant, "POST", path, {"paymentToken": token}) for path in ("/processPayment", "/cancelPayment")]
    )
    assert sorted(answer.body["ok"] for answer in answers) == [False, True]


def test_holds_are_listed(url: str, merchant: Call) -> None:
    token = hold(url)
    created = merchant("GET", f"/payments/{token}").body["createdAt"]
    page = merchant("GET", f"/payments?after={created}").body
    assert token in [payment["paymentToken"] for payment in page["payments"]]
    merchant("POST", "/cancelPayment", {"paymentToken": token})
    page = merchant("GET", f"/payments?after={created}").body
    assert token not in [payment["paymentToken"] for payment in page["payments"]]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "wrong"])
def test_the_merchant_secret_is_required(url: str, merchant: Call, header: str | None) -> None:
    token = hold(url)
    headers = {"Authorization": header} if header else {}
    for path in ("/processPayment", "/cancelPayment"):
        answer = send("POST", f"{url}{path}", {"paymentToken": token}, headers)
        assert (answer.status, list(answer.body)) == (401, ["message"])
    for path in ("/updateAmount", "/refund"):
        assert send("POST", f"{url}{path}", {"paymentToken": token, "amount": 1}, headers).status == 401
    for path in (f"/payments/{token}", "/payments"):
        assert send("GET", f"{url}{path}", None, headers).status == 401
    assert merchant("GET", f"/payments/{token}").body["status"] == "HELD"


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/preauth", None, "body"),
        ("/preauth", {"amount": 1}, "cardNumber"),
        ("/preauth", {"cardNumber": "42", "amount": 1}, "cardNumber"),
        ("/preauth", {"cardNumber": CARD, "amount": -1}, "amount"),
        ("/preauth", {"cardNumber": CARD, "amount": 1.5}, "amount"),
        ("/preauth", {"cardNumber": CARD, "amount": 1, "cvc": "123"}, "cvc"),
        ("/check", {"paymentToken": "x"}, "amount"),
        ("/check", {"paymentToken": 7, "amount": 1}, "paymentToken"),
        ("/processPayment", {}, "paymentToken"),
        ("/updateAmount", {"paymentToken": "x", "amount": "1"}, "amount"),
    ],
)
def test_bad_input_is_a_400_that_names_the_field(merchant: Call, path: str, body: Any, place: str) -> None:
    answer = merchant("POST", path, body)
    assert answer.status == 400
    assert place in answer.body["message"]
    assert CARD not in answer.body["message"]


PAGE = {"Origin": "https://shop.example"}


@pytest.mark.parametrize("path", ["/preauth", "/check"])
def test_a_page_of_another_origin_may_call_it(url: str, path: str) -> None:
    asked = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = send("OPTIONS", url + path, headers=asked)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == 200
    assert headers["access-control-allow-origin"] in ("*", PAGE["Origin"])
    assert headers["access-control-allow-methods"] == "POST"
    allowed = headers["access-control-allow-headers"].lower().split(",")
    assert "content-type" in allowed
    assert ("idempotency-key" in allowed) == (path == "/preauth")
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/preauth", {"cardNumber": CARD, "amount": 1}, 200),
        ("/check", {"paymentToken": "none", "amount": 1}, 200),
        ("/preauth", {"cardNumber": CARD, "amount": -1}, 400),  # by the gateway's validation
        ("/check", {"paymentToken": "\u0000", "amount": 1}, 400),  # by the function's
        ("/nowhere", {}, 403),
    ],
)
def test_a_page_may_read_answers_and_errors(url: str, path: str, body: Any, status: int) -> None:
    answer = send("POST", url + path, body, PAGE)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if status == 200 and path == "/preauth":
        made(answer.body["paymentToken"])
    assert (answer.status, headers.get("access-control-allow-origin")) == (status, "*")
    assert "access-control-allow-credentials" not in headers


def test_many_payments_are_read_in_one_request(url: str, merchant: Call) -> None:
    held, captured = hold(url), hold(url, 2000)
    merchant("POST", "/processPayment", {"paymentToken": captured})
    answer = merchant("POST", "/payments", {"paymentTokens": [held, captured, f"unknown-{uuid.uuid4()}"]})
    assert answer.status == 200
    assert {each["paymentToken"]: each["captured"] for each in answer.body["payments"]} == {held: 0, captured: 2000}
    assert merchant("POST", "/payments", {"paymentTokens": []}).status == 400
