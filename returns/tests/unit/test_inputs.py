"""What shoppers and staff may send."""

from typing import Any

import pytest

from ecom.errors import InvalidInput
from returns.tests.builders import RETURN, USER
from returns_service.domain import ReceivedLine, RequestedLine
from returns_service.inputs import received_from, refusal_from, request_from, return_id_of

LINE = {"productId": "kettle", "quantity": 1}
LONG = "x" * 501


@pytest.mark.parametrize("token", ["a", "A-Z_09", "x" * 43])
def test_the_id_of_a_return_is_the_shopper_and_the_token(token: str) -> None:
    assert return_id_of(USER, token) == f"{USER}_{token}"
    assert len(return_id_of(USER, "x" * 43)) == 80  # the longest name of an execution


@pytest.mark.parametrize("token", ["", "x" * 44, "a b", "a.b", "é", "a\n", None, 7])
def test_other_tokens_are_refused(token: Any) -> None:
    with pytest.raises(InvalidInput, match="clientToken"):
        return_id_of(USER, token)


def test_a_request() -> None:
    body = {"orderId": "order-1", "lines": [{**LINE, "reason": 'it\'s "broken" — naïve'}, {**LINE, "productId": "cup"}]}
    made = request_from(body, RETURN, USER, "PUT /returns")
    assert made.lines == (RequestedLine("kettle", 1, 'it\'s "broken" — naïve'), RequestedLine("cup", 1))
    assert (made.return_id, made.user_id, made.order_id, made.cause) == (RETURN, USER, "order-1", "PUT /returns")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_blank_reason_is_none(reason: Any) -> None:
    made = request_from({"orderId": "order-1", "lines": [{**LINE, "reason": reason}]}, RETURN, USER, "x")
    assert made.lines == (RequestedLine("kettle", 1),)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "the request"),
        ({"lines": [LINE]}, "orderId"),
        ({"orderId": "order-1"}, "lines"),
        ({"orderId": "order-1", "lines": []}, "lines"),
        ({"orderId": "order-1", "lines": [LINE] * 51}, "lines"),
        ({"orderId": "order-1", "lines": [LINE, LINE]}, "one line"),
        ({"orderId": "order-1", "lines": [{**LINE, "quantity": 0}]}, r"lines\[0\].quantity"),
        ({"orderId": "order-1", "lines": [{**LINE, "quantity": True}]}, r"lines\[0\].quantity"),
        ({"orderId": "order-1", "lines": [{**LINE, "reason": LONG}]}, r"lines\[0\].reason"),
        ({"orderId": "order-1", "lines": [{**LINE, "sub": "x"}]}, "unknown fields"),
        ({"orderId": "order-1", "lines": [LINE], "userId": "somebody"}, "unknown fields"),
    ],
)
def test_a_malformed_request_is_refused(body: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        request_from(body, RETURN, USER, "x")


def test_what_came_back() -> None:
    lines = [{**LINE, "condition": "RESTOCK"}, {**LINE, "condition": "SCRAP", "quantity": 0}]
    assert received_from(lines) == [ReceivedLine("kettle", 1, "RESTOCK"), ReceivedLine("kettle", 0, "SCRAP")]
    assert received_from([]) == []


@pytest.mark.parametrize(
    "lines",
    [
        None,
        [{**LINE, "condition": "NEW"}],
        [LINE],
        [{**LINE, "condition": "SCRAP", "quantity": -1}],
        [{**LINE, "condition": "SCRAP"}, {**LINE, "condition": "SCRAP"}],
    ],
)
def test_malformed_receipts_are_refused(lines: Any) -> None:
    with pytest.raises(InvalidInput):
        received_from(lines)


@pytest.mark.parametrize("reason", ["", "  ", LONG, None])
def test_a_refusal_needs_a_reason(reason: Any) -> None:
    with pytest.raises(InvalidInput):
        refusal_from(reason)
