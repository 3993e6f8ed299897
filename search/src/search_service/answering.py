"""From a query to its hits in order, their number and the facets. Pure.

An environment keeps the answers of its last queries until the index changes, since a shopper turns pages and many
shoppers ask the same.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from search_service import domain
from search_service.domain import Entry, Query, passes
from search_service.index import Index

FACETS = ("category", "tag", "price", "stock")
MOST_VALUES = 50
KEPT = 32  # answers

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
        """The hits behind the place, and the place of the last of them unless it is the last of all."""
        start = bisect_right(self.places, after) if after is not None else 0
        places = self.places[start : start + first]
        more = places[-1] if start + first < self.total else None
        return [self.hits[product_id] for _, product_id in places], more


class Answers:
    def __init__(self) -> None:
        self._kept: dict[Query, Answer] = {}
        self._changes = -1

    def of(self, index: Index, query: Query) -> Answer:
        if self._changes != index.changes or len(self._kept) >= KEPT:
            self._kept, self._changes = {}, index.changes
        if query not in self._kept:
            self._kept[query] = answer(index, query)
        return self._kept[query]


def answer(index: Index, query: Query) -> Answer:
    scores = index.scores(query.words)
    found = [index.entries[product_id] for product_id in scores]
    hits = passing(found, query)
    places: list[Any] = sorted((key(entry, query.sort, scores), entry.product_id) for entry in hits)
    return Answer(places, {entry.product_id: entry for entry in hits}, facets(found, hits, query))


def key(entry: Entry, sort: str, scores: Mapping[str, int]) -> int | str:
    """What sorts the hit. All keys of one sort have the same type."""
    if sort == domain.RELEVANCE:
        return -scores[entry.product_id]
    if sort == domain.NEWEST:
        return entry.newest
    if sort == domain.NAME:
        return entry.name_key
    return entry.price if sort == domain.PRICE_ASC else -entry.price


def passing(entries: Iterable[Entry], query: Query, ignored: str = "") -> list[Entry]:
    """Those that pass the filters, but for the one of the facet `ignored`."""
    return [entry for entry in entries if passes(entry, query, ignored)] if filters(query) else list(entries)


def filters(query: Query) -> bool:
    return query != replace(Query(), text=query.text, sort=query.sort)


def facets(found: Sequence[Entry], hits: Sequence[Entry], query: Query) -> dict[str, Counts]:
    """`found` match the text, `hits` all filters too. `tag` obeys all filters, each other facet ignores its own."""
    is_limited = query.min_price is not None or query.max_price is not None
    by_category = passing(found, query, "category") if query.category is not None else hits
    by_price = passing(found, query, "price") if is_limited else hits
    by_stock = passing(found, query, "stock") if query.in_stock else hits
    return {
        "category": counts(entry.category for entry in by_category if entry.category is not None),
        "tag": counts(tag for entry in hits for tag in entry.tags),
        "price": counts(entry.band for entry in by_price),
        "stock": counts(entry.level for entry in by_stock),
    }


def counts(values: Iterable[str]) -> Counts:
    """The most frequent values, by count descending, then by value."""
    return sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))[:MOST_VALUES]
