"""The index finds what the contract says, whatever the products are: compared with `search/tests/naive.py`."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from search.tests import naive
from search.tests.builders import entry, ids, index_of
from search_service.answering import Place, answer
from search_service.domain import PRICE_ASC, PRICE_DESC, SORTS, Entry, Query

# Few letters and short texts, so that words meet.
WORD = st.text("abé", min_size=1, max_size=7)
TEXT = st.lists(WORD, max_size=3).map(" ".join)
LABEL = st.sampled_from(["aabab", "bba", "Ab", "abaab b"])
ENTRIES = st.lists(
    st.builds(
        entry,
        product_id=st.text("ab", min_size=1, max_size=4),
        name=TEXT.filter(bool),
        category=st.none() | LABEL,
        tags=st.none() | st.lists(LABEL, max_size=3),
        price=st.sampled_from([0, 999, 1_000, 2_499, 2_500, 9_999, 10_000]),
        level=st.sampled_from(["IN", "LOW", "OUT"]),
        createdDate=st.sampled_from([None, "yesterday", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00.000Z"]),
    ),
    max_size=12,
    unique_by=lambda each: each.product_id,
)
PRICE = st.none() | st.sampled_from([0, 999, 1_000, 5_000])
QUERIES = st.builds(
    Query,
    text=TEXT,
    category=st.none() | LABEL,
    tags=st.lists(LABEL, max_size=2, unique=True).map(tuple),
    min_price=PRICE,
    max_price=PRICE,
    in_stock=st.booleans(),
    sort=st.sampled_from(SORTS),
)


@given(ENTRIES, QUERIES)
def test_hits_and_facets_are_those_of_the_contract(entries: list[Entry], query: Query) -> None:
    scores = {each.product_id: naive.score_of(json.loads(each.product), query.words) for each in entries}
    matching = [each for each in entries if scores[each.product_id] is not None]
    hits = [each for each in matching if naive.passes(each, query)]
    found = answer(index_of(*entries), query)
    assert set(found.hits) == set(ids(hits))
    assert found.total == len(hits)
    assert found.facets == naive.facets_of(matching, query)
    if query.sort == "RELEVANCE":
        assert [each for _, each in found.places] == sorted(found.hits, key=lambda each: (-(scores[each] or 0), each))
    if query.sort in (PRICE_ASC, PRICE_DESC):
        sign = 1 if query.sort == PRICE_ASC else -1
        expected = sorted(hits, key=lambda each: (sign * each.price, each.product_id))
        assert [each for _, each in found.places] == ids(expected)


@given(ENTRIES, ENTRIES, QUERIES, st.data())
def test_what_was_put_and_removed_leaves_no_trace(
    entries: list[Entry], others: list[Entry], query: Query, data: Any
) -> None:
    """An index after changes answers as one that was built from what is left."""
    index = index_of(*others)
    for each in data.draw(st.permutations(entries)):
        index.put(each)
    wanted = {each.product_id: each for each in entries}
    for each in others:
        if each.product_id not in wanted:
            index.remove(each.product_id)
    left, built = answer(index, query), answer(index_of(*entries), query)
    assert (left.places, left.facets) == (built.places, built.facets)


@given(ENTRIES, ENTRIES, QUERIES, st.lists(st.integers(1, 4), min_size=30, max_size=30))
def test_pages_reach_every_unchanged_hit_once_while_others_change(
    entries: list[Entry], changed: list[Entry], query: Query, sizes: list[int]
) -> None:
    """Between two pages other products come, go and change."""
    stays = {each.product_id for each in entries} - {each.product_id for each in changed}
    expected = [each for _, each in answer(index_of(*entries), query).places if each in stays]
    index, seen = index_of(*entries), []
    after: Place | None = None
    for number, size in enumerate(sizes):
        page, after = answer(index, query).page(size, after)
        seen += ids(page)
        if after is None:
            break
        if number < len(changed):
            index.put(changed[number])
        elif changed:
            index.remove(changed[number % len(changed)].product_id)
    assert after is None
    assert [each for each in seen if each in stays] == expected
