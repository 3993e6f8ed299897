"""Searches that are refused, and what is filled in."""

from typing import Any

import pytest

from ecom.errors import InvalidInput
from search_service.domain import Query
from search_service.inputs import first_of, query_of

NULLS = dict.fromkeys(("text", "category", "tags", "minPrice", "maxPrice", "inStock", "sort", "first", "nextToken"))


@pytest.mark.parametrize("given", [{}, NULLS, {"text": "", "tags": [], "inStock": False}])
def test_nothing_is_everything_newest_first(given: dict[str, Any]) -> None:
    assert query_of(given) == Query(sort="NEWEST")
    assert first_of(given) == 20


@pytest.mark.parametrize(("text", "sort"), [("tea", "RELEVANCE"), ("", "NEWEST"), ("?!", "NEWEST")])
def test_the_sort_follows_from_the_text(text: str, sort: str) -> None:
    assert query_of({"text": text}).sort == sort
    assert query_of({"text": text, "sort": "NAME"}).sort == "NAME"


def test_the_order_of_tags_is_no_other_search() -> None:
    assert query_of({"tags": ["b", "a", "b"]}) == query_of({"tags": ["a", "b"]})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sort": "CHEAPEST"}, "sort must be one of RELEVANCE, NEWEST, PRICE_ASC, PRICE_DESC, NAME"),
        ({"sort": ""}, "sort must be one of RELEVANCE, NEWEST, PRICE_ASC, PRICE_DESC, NAME"),
        ({"sort": "name"}, "sort must be one of RELEVANCE, NEWEST, PRICE_ASC, PRICE_DESC, NAME"),
        ({"text": "x" * 201}, "text must have at most 200 characters, has 201"),
        ({"text": "\ud800"}, "the input holds half a character: a surrogate without its other half"),
        ({"tags": ["\udfff"]}, "the input holds half a character: a surrogate without its other half"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        query_of(given)
    assert refused.value.message == message


@pytest.mark.parametrize("first", [0, 51, -1, True])
def test_a_page_has_one_to_fifty_hits(first: int) -> None:
    with pytest.raises(InvalidInput):
        first_of({"first": first})
    assert [first_of({"first": each}) for each in (1, 50)] == [1, 50]


def test_200_characters_are_fine() -> None:
    assert query_of({"text": "é" * 200}).text == "é" * 200
