"""From a query to its hits in order, their number and the facets. Pure.

An environment keeps the answers of its last queries until the index changes, since a shopper turns pages and many
shoppers ask the same.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from search_service import domain
from search_service.domain import Entry, Query
from search_service.index import Index

FACETS = ("category", "tag", "price", "stock")
MOST_VALUES = 50
KEPT = 32  # answers
MOST_CHARACTERS = 1_000_000  # of the products of a page: 4 MB at most, of AppSync's 5

# What sorts a hit, and its id for ties. It does not depend on other products.
Place = tuple[int | str, str]
Counts = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Answer:
    """All hits in their order, each with its place."""

    places: Sequence[Place]
    hits: Mapping[str, Entry]
    facets: Mapping[str, Counts]

    @property
    def total(self) -> int:
        return len(self.places)

    def page(self, first: int, after: Place | None = None) -> tuple[list[Entry], Place | None]:
        """At most `first` hits behind the place, and the place of the last of them unless it is the last of all. Fewer
        when products are so large that AppSync would refuse the answer."""
        start = bisect_right(self.places, after) if after is not None else 0
        page: list[Entry] = []
        characters = 0
        for _, product_id in self.places[start : start + first]:
            entry = self.hits[product_id]
            characters += len(entry.product)
            if page and characters > MOST_CHARACTERS:
                break
            page.append(entry)
        end = start + len(page)
        return page, self.places[end - 1] if end < self.total else None


class Answers:
    def __init__(self) -> None:
        self._kept: dict[Query, Answer] = {}
        self._index: Index | None = None
        self._changes = -1

    def of(self, index: Index, query: Query) -> Answer:
        if self._index is not index or self._changes != index.changes or len(self._kept) >= KEPT:
            self._kept, self._index, self._changes = {}, index, index.changes
        if query not in self._kept:
            self._kept[query] = answer(index, query)
        return self._kept[query]


def answer(index: Index, query: Query) -> Answer:
    scores = index.scores(query.words)
    found = filtered([index.entries[product_id] for product_id in scores], query)
    places: list[Any] = sorted((key(entry, query.sort, scores), entry.product_id) for entry in found.hits)
    return Answer(places, {entry.product_id: entry for entry in found.hits}, facets(found))


def key(entry: Entry, sort: str, scores: Mapping[str, int]) -> int | str:
    """What sorts the hit. All keys of one sort have the same type."""
    if sort == domain.RELEVANCE:
        return -scores[entry.product_id]
    if sort == domain.NEWEST:
        return entry.newest
    if sort == domain.NAME:
        return entry.name_key
    return entry.price if sort == domain.PRICE_ASC else -entry.price


@dataclass(frozen=True, slots=True)
class Filtered:
    """`hits` pass all filters; `but_for` has, by facet, those that pass all but the filter of this facet."""

    hits: list[Entry]
    but_for: Mapping[str, list[Entry]]


def filtered(entries: Iterable[Entry], query: Query) -> Filtered:
    """In one pass, which takes most of the time of a search."""
    category, tags, in_stock = query.category, query.tags, query.in_stock
    low, high = query.min_price, query.max_price
    hits: list[Entry] = []
    but_for: dict[str, list[Entry]] = {"category": [], "price": [], "stock": []}
    for entry in entries:
        failed = ""
        if category is not None and entry.category != category:
            failed = "category"
        if (low is not None and entry.price < low) or (high is not None and entry.price > high):
            if failed:
                continue
            failed = "price"
        if in_stock and entry.level not in domain.AVAILABLE:
            if failed:
                continue
            failed = "stock"
        if tags and not all(tag in entry.tags for tag in tags):
            continue
        (but_for[failed] if failed else hits).append(entry)
    return Filtered(hits, but_for)


def facets(found: Filtered) -> dict[str, Counts]:
    """`tag` obeys all filters, each other facet ignores its own."""
    hits, but_for = found.hits, found.but_for
    return {
        "category": counts(each.category for each in chain(hits, but_for["category"]) if each.category is not None),
        "tag": counts(chain.from_iterable(entry.tags for entry in hits)),
        "price": counts(entry.band for entry in chain(hits, but_for["price"])),
        "stock": counts(entry.level for entry in chain(hits, but_for["stock"])),
    }


def counts(values: Iterable[str]) -> Counts:
    """The most frequent values, by count descending, then by value."""
    return sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))[:MOST_VALUES]
