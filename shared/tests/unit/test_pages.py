"""A token works only for the list that issued it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom import jsons
from ecom.errors import InvalidToken
from ecom.pages import decode_token, encode_token

KEY = {"userId": "user-1", "orderId": "order-9"}
NAMES: dict[str, str | None] = {"userId": "user-1", "orderId": None}


def forged(content: object) -> str:
    return base64.urlsafe_b64encode(jsons.dumps(content).encode()).decode().rstrip("=")


def test_a_token_contains_its_key() -> None:
    token = encode_token("orders", KEY)
    assert decode_token("orders", token, NAMES) == KEY
    assert encode_token("orders", None) is None
    assert decode_token("orders", None, NAMES) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        "e30",
        "A" * 5000,
        "\u00e9",
        forged("orders"),
        forged(["other", KEY]),
        forged(["orders", {**KEY, "userId": "user-2"}]),
        forged(["orders", {"userId": "user-1"}]),
        forged(["orders", {**KEY, "more": "x"}]),
        forged(["orders", {**KEY, "orderId": 9}]),
        forged(["orders", {**KEY, "orderId": {"S": "x"}}]),
        forged(["orders", KEY, "more"]),
        forged(["orders", {**KEY, "orderId": ""}]),
        forged(["orders", {**KEY, "orderId": "x" * 2049}]),
        forged([[[[[[]]]]]]),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        decode_token("orders", token, NAMES)


@given(st.text())
def test_any_text_is_refused_without_a_crash(token: str) -> None:
    with pytest.raises(InvalidToken):
        decode_token("orders", token, NAMES)
