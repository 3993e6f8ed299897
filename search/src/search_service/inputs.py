"""Validation of a search. InvalidInput names the field and the rule. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.errors import InvalidInput
from ecom.validation import integer, is_unicode
from search_service.domain import NEWEST, RELEVANCE, SORTS, Query
from search_service.words import words_of

MAX_TEXT = 200
MOST, DEFAULT = 50, 20


def query_of(given: Mapping[str, Any]) -> Query:
    """The query of the input, whose types AppSync has checked. Absent and null are the same."""
    text = given.get("text") or ""
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"text must have at most {MAX_TEXT} characters, has {len(text)}")
    category, tags = given.get("category"), tuple(sorted(set(given.get("tags") or ())))
    for each in (text, category or "", *tags):
        if not is_unicode(each):
            raise InvalidInput("the input holds half a character: a surrogate without its other half")
    sort = given.get("sort")
    if sort is None:
        sort = RELEVANCE if words_of(text) else NEWEST
    if sort not in SORTS:
        raise InvalidInput(f"sort must be one of {', '.join(SORTS)}")
    return Query(
        text=text,
        category=category,
        tags=tags,
        min_price=given.get("minPrice"),
        max_price=given.get("maxPrice"),
        in_stock=bool(given.get("inStock")),
        sort=sort,
    )


def first_of(given: Mapping[str, Any]) -> int:
    """How many hits a page has."""
    first = given.get("first")
    return DEFAULT if first is None else integer(first, "first", 1, MOST)
