"""What a search is to find, written as the contract says it, without an index: slow, and easy to read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from search_service.domain import Entry, Query
from search_service.words import words_of

FIELDS = {"name": 8, "tags": 4, "category": 3, "productId": 2}


def is_one_error_away(word: str, meant: str) -> bool:
    """By insertion, deletion, replacement or a swap of neighbours."""
    if len(word) == len(meant):
        wrong = [place for place in range(len(word)) if word[place] != meant[place]]
        if len(wrong) == 2 and wrong[0] + 1 == wrong[1]:
            return word[wrong[0]] == meant[wrong[1]] and word[wrong[1]] == meant[wrong[0]]
        return len(wrong) == 1
    longer, shorter = sorted((word, meant), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


def score_of(product: Mapping[str, Any], words: Sequence[str]) -> int | None:
    """None when a word matches nothing of the product."""
    total = 0
    for place, word in enumerate(words):
        best = max(
            (
                weight * kind_of(word, other, is_last=place == len(words) - 1)
                for field, weight in FIELDS.items()
                for value in ([product.get(field) or ""] if field != "tags" else product.get("tags") or [])
                for other in words_of(value)
            ),
            default=0,
        )
        if best == 0:
            return None
        total += best
    return total + (16 if words and words_of(product["name"]) == list(words) else 0)


def kind_of(word: str, other: str, *, is_last: bool) -> int:
    if word == other:
        return 4
    if is_last and other.startswith(word):
        return 2
    return 1 if sum(map(str.isalpha, word)) >= 5 and is_one_error_away(word, other) else 0


def passes(entry: Entry, query: Query, but: str = "") -> bool:
    checks = {
        "category": query.category is None or entry.category == query.category,
        "tag": all(tag in entry.tags for tag in query.tags),
        "price": (query.min_price is None or entry.price >= query.min_price)
        and (query.max_price is None or entry.price <= query.max_price),
        "stock": not query.in_stock or entry.level != "OUT",
    }
    return all(holds for name, holds in checks.items() if name != but)


def counted(values: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))[:50]


def facets_of(matching: Sequence[Entry], query: Query) -> dict[str, list[tuple[str, int]]]:
    def of(name: str) -> list[Entry]:
        return [entry for entry in matching if passes(entry, query, name if name != "tag" else "")]

    return {
        "category": counted([entry.category for entry in of("category") if entry.category is not None]),
        "tag": counted([tag for entry in of("tag") for tag in entry.tags]),
        "price": counted([entry.band for entry in of("price")]),
        "stock": counted([entry.level for entry in of("stock")]),
    }
