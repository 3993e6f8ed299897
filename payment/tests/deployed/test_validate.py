"""Validation of a hold, from outside. The same against the local cloud and AWS."""

import uuid
from typing import Any

import pytest

from ecom_client.made import made
from ecom_client.platform import Platform, send

pytestmark = pytest.mark.deployed


@pytest.fixture
def url(platform_outside: Platform) -> str:
    return platform_outside.parameter("payment/api/url") + "/backend/validate"


@pytest.fixture
def token(platform_outside: Platform) -> str:
    provider = platform_outside.parameter("payment-3p/api/url")
    answer = send("POST", f"{provider}/preauth", {"cardNumber": "4242424242424242", "amount": 3000})
    return made(str(answer.body["paymentToken"]))


@pytest.mark.parametrize(("total", "ok"), [(2999, True), (3000, True), (3001, False)])
def test_ok_means_that_the_provider_holds_the_total(
    platform_outside: Platform, url: str, token: str, total: int, ok: bool
) -> None:
    answer = platform_outside.signed("POST", url, {"paymentToken": token, "total": total})
    assert (answer.status, answer.body) == (200, {"ok": ok})


def test_an_unknown_token_is_not_ok(platform_outside: Platform, url: str) -> None:
    answer = platform_outside.signed("POST", url, {"paymentToken": str(uuid.uuid4()), "total": 0})
    assert (answer.status, answer.body) == (200, {"ok": False})


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (None, "body"),
        (b"{", ""),
        ({}, "paymentToken"),
        ({"paymentToken": "x"}, "total"),
        ({"paymentToken": "x", "total": -1}, "total"),
        ({"paymentToken": "x", "total": "1"}, "total"),
        ({"paymentToken": "", "total": 1}, "paymentToken"),
        ({"paymentToken": "x", "total": 1, "more": 1}, "more"),
    ],
)
def test_a_malformed_body_is_a_400_that_names_the_field(
    platform_outside: Platform, url: str, body: Any, place: str
) -> None:
    answer = platform_outside.signed("POST", url, body)
    assert answer.status == 400
    assert place in answer.body["message"]


def test_an_unsigned_request_is_refused(url: str, token: str) -> None:
    answer = send("POST", url, {"paymentToken": token, "total": 1})
    assert (answer.status, list(answer.body)) == (403, ["message"])
