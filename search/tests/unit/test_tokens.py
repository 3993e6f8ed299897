"""`nextToken` belongs to one query, and cannot be changed."""

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom.errors import InvalidToken
from search_service import tokens
from search_service.answering import Place
from search_service.domain import Query

QUERY = Query("kettle", "Kitchen", ("steel",), 1, 2, in_stock=True, sort="RELEVANCE")
PLACE: Place = (-32, "p-1")
TOKEN = tokens.encode(QUERY, PLACE, 1_000)


def test_a_token_names_its_place() -> None:
    assert tokens.decode(QUERY, TOKEN) == (PLACE, 1_000)
    by_name = Query(sort="NAME")
    assert tokens.decode(by_name, tokens.encode(by_name, ("äb", "p-ü"), 5)) == (("äb", "p-ü"), 5)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Kettle"},
        {"category": None},
        {"tags": ()},
        {"min_price": None},
        {"max_price": 3},
        {"in_stock": False},
        {"sort": "NAME"},
    ],
)
def test_a_token_of_another_query_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(InvalidToken):
        tokens.decode(replace(QUERY, **other), TOKEN)  # type: ignore[arg-type]  # values of the cases


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCZaz09-_=.é"))
def test_a_changed_token_is_refused(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(InvalidToken):
            tokens.decode(QUERY, changed)


@given(st.text())
def test_whatever_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.decode(QUERY, text)


@pytest.mark.parametrize(
    "content", [[], {}, ["x", "p-1", 1, "0"], [True, "p-1", 1, "0"], [1, "p-1", "1", "0"], [1, 2, 3, 4]]
)
def test_content_of_another_form_is_refused(content: object) -> None:
    with pytest.raises(InvalidToken):
        tokens.decode(QUERY, base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("="))


@pytest.mark.parametrize("token", ["", "x" * 5_000, TOKEN + "=", TOKEN + "A", TOKEN[:-1]])
def test_a_token_that_is_longer_or_shorter_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.decode(QUERY, token)


def test_the_longest_place_fits() -> None:
    by_name = Query("x" * 200, sort="NAME")
    token = tokens.encode(by_name, ("\U00020000" * 100, "\U00020000" * 200), 10**13)
    assert tokens.decode(by_name, token)[0][0] == "\U00020000" * 100
