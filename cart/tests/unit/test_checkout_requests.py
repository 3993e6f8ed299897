"""The body of POST /checkout."""

from typing import Any

import pytest

from cart_service.checkout_requests import read_request
from ecom.errors import InvalidInput

ADDRESS = {"name": "Jo Shopper", "streetAddress": "1 Example Street", "city": "Example City", "country": "DK"}
BODY = {"address": ADDRESS, "paymentToken": "token-1"}
USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"


def test_what_is_left_out_is_the_servers() -> None:
    assert read_request(BODY).order({"kettle": 2}) == {
        "products": [{"productId": "kettle", "quantity": 2}],
        "address": ADDRESS,
        "paymentToken": "token-1",
    }


def test_what_is_given_is_passed_on_to_be_checked() -> None:
    prices = [{"productId": "kettle", "price": 3990}]
    more = {"deliveryPrice": 0, "total": 7980, "prices": prices, "cartVersion": 3, "clientToken": "once"}
    assert read_request({**BODY, **more}).order({"kettle": 2, "cup": 1}) == {
        "products": [{"productId": "kettle", "quantity": 2, "price": 3990}, {"productId": "cup", "quantity": 1}],
        "address": ADDRESS,
        "paymentToken": "token-1",
        "deliveryPrice": 0,
        "total": 7980,
        "clientToken": "once",
    }


def test_null_and_blank_are_absent() -> None:
    names = ("deliveryPrice", "total", "prices", "cartVersion", "clientToken")
    address = {**ADDRESS, "companyName": " ", "state": None}
    same = read_request({**BODY, **dict.fromkeys(names), "address": address})
    assert same == read_request(BODY)
    assert same.content_hash() == read_request(BODY).content_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"address": {**ADDRESS, "city": "Other City"}},
        {"paymentToken": "token-2"},
        {"deliveryPrice": 0},
        {"total": 0},
        {"prices": []},
        {"prices": [{"productId": "kettle", "price": 1}]},
        {"cartVersion": 0},
    ],
)
def test_another_field_is_another_request(change: dict[str, Any]) -> None:
    assert read_request({**BODY, **change}).content_hash() != read_request(BODY).content_hash()


def test_the_order_of_prices_does_not_matter() -> None:
    prices = [{"productId": "kettle", "price": 1}, {"productId": "cup", "price": 2}]
    first, second = (read_request({**BODY, "prices": each}) for each in (prices, prices[::-1]))
    assert first.content_hash() == second.content_hash()


def test_the_client_token_decides_the_order_or_else_the_payment_token() -> None:
    by_client_token = {read_request({**BODY, "clientToken": "a", "paymentToken": t}).order_id(USER) for t in "xy"}
    assert len(by_client_token) == 1
    assert read_request({**BODY, "paymentToken": "a"}).order_id(USER) in by_client_token


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"address": None}, "address"),
        ({"address": "1 Example Street"}, "address"),
        ({"address": {**ADDRESS, "planet": "Mars"}}, "planet"),
        ({"address": {**ADDRESS, "city": 7}}, "address.city"),
        ({"paymentToken": None}, "paymentToken"),
        ({"paymentToken": " "}, "paymentToken"),
        ({"paymentToken": "x" * 201}, "paymentToken"),
        ({"deliveryPrice": -1}, "deliveryPrice"),
        ({"total": "7980"}, "total"),
        ({"total": 2**31}, "total"),
        ({"cartVersion": True}, "cartVersion"),
        ({"clientToken": "x" * 201}, "clientToken"),
        ({"clientToken": 7}, "clientToken"),
        ({"prices": {}}, "prices"),
        ({"prices": [{"productId": "kettle", "price": 1}] * 2}, "prices"),
        ({"prices": [{"productId": f"p{n}", "price": 1} for n in range(51)]}, "prices"),
        ({"prices": [{"productId": "kettle"}]}, "price"),
        ({"prices": [{"productId": "kettle", "price": 1, "quantity": 2}]}, "quantity"),
        ({"products": []}, "products"),
        ({"userId": "another"}, "userId"),
    ],
)
def test_what_is_malformed_is_named(change: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidInput, match=names):
        read_request({**BODY, **change})
