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
PLACE = {"category": "cups", "productId": "cup"}
OF_CATEGORY: dict[str, str | None] = {"category": "cups", "productId": None}


def forged(content: object) -> str:
    return base64.urlsafe_b64encode(jsons.dumps(content).encode()).decode().rstrip("=")


def test_a_token_contains_its_key() -> None:
    token = encode_token("orders", KEY)
    assert decode_token("orders", token, NAMES, sort_key=None) == KEY
    assert encode_token("orders", None) is None
    assert decode_token("orders", None, NAMES, sort_key=None) is None


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
        decode_token("orders", token, NAMES, sort_key=None)


@pytest.mark.parametrize("key", ["x" * 1025, "\u00e9" * 513])
def test_a_sort_key_may_be_half_as_long_as_a_partition_key(key: str) -> None:
    """DynamoDB fails with a ValidationException for a longer one."""
    token = forged(["cups", {**PLACE, "productId": key}])
    assert decode_token("cups", token, OF_CATEGORY, sort_key=None) == {**PLACE, "productId": key}
    with pytest.raises(InvalidToken):
        decode_token("cups", token, OF_CATEGORY, sort_key="productId")


@pytest.mark.parametrize("key", ["x" * 1024, "\u00e9" * 512])
def test_the_longest_sort_key_is_in_a_token(key: str) -> None:
    place = {**PLACE, "productId": key}
    assert decode_token("cups", encode_token("cups", place), OF_CATEGORY, sort_key="productId") == place


@given(st.text())
def test_any_text_is_refused_without_a_crash(token: str) -> None:
    with pytest.raises(InvalidToken):
        decode_token("orders", token, NAMES, sort_key=None)
