"""What matches, and what counts more."""

from dataclasses import replace

import pytest

from search.tests.builders import entry, ids, index_of
from search_service.answering import MOST_CHARACTERS, MOST_VALUES, Answers, answer
from search_service.domain import LAST, Entry, Query, band_of, newest_key

KETTLE = entry("p-kettle", "Electric Kettle", category="Kitchen", tags=["steel", "1.5 l"], price=3_999)
POT = entry("p-pot", "Teapot", category="Kitchen", tags=["kettle", "glass"], price=1_000, level="LOW")
LAMP = entry("p-lamp", "Lámpara", category="Light", tags=["steel"], price=12_000, level="OUT")
CABLE = entry("kettle-7", "Cable", price=500)
ALL = index_of(KETTLE, POT, LAMP, CABLE)


def hits(text: str, **query: object) -> list[str]:
    found = answer(ALL, Query(text, **{"sort": "RELEVANCE", **query}))  # type: ignore[arg-type]  # values of the cases
    page, more = found.page(50)
    assert more is None
    return ids(page)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kettle", ["p-kettle", "p-pot", "kettle-7"]),  # in the name, in a tag, in the id
        ("KETTLE steel", ["p-kettle"]),
        ("ket", ["p-kettle", "p-pot", "kettle-7"]),  # a beginning
        ("ket steel", []),  # only the last word may be a beginning
        ("steel ket", ["p-kettle"]),
        ("ketle", ["p-kettle", "p-pot", "kettle-7"]),  # a letter is missing
        ("kettlle", ["p-kettle", "p-pot", "kettle-7"]),  # a letter too much
        ("kattle", ["p-kettle", "p-pot", "kettle-7"]),  # a wrong letter
        ("ktetle", ["p-kettle", "p-pot", "kettle-7"]),  # two letters swapped
        ("kttele", []),  # two errors
        ("lapm", []),  # four letters
        ("lampara", ["p-lamp"]),
        ("kitchen", ["p-kettle", "p-pot"]),
        ("1.5", ["p-kettle"]),
        ("p-pot", ["p-pot"]),
        ("kettle glass", ["p-pot"]),
        ("kettle nothing", []),
        ('kettle" OR * -steel', []),
        ("?!", ["kettle-7", "p-kettle", "p-lamp", "p-pot"]),  # no words: everything
    ],
)
def test_what_matches(text: str, found: list[str]) -> None:
    assert hits(text) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"category": "Kitchen"}, {"p-kettle", "p-pot"}),
        ({"category": "kitchen"}, set()),
        ({"tags": ("steel",)}, {"p-kettle", "p-lamp"}),
        ({"tags": ("1.5 l", "steel")}, {"p-kettle"}),
        ({"tags": ("steel", "gold")}, set()),
        ({"min_price": 1_000}, {"p-kettle", "p-pot", "p-lamp"}),
        ({"max_price": 1_000}, {"p-pot", "kettle-7"}),
        ({"min_price": 1_000, "max_price": 1_000}, {"p-pot"}),
        ({"min_price": 2, "max_price": 1}, set()),
        ({"in_stock": True}, {"p-kettle", "p-pot", "kettle-7"}),
        ({"in_stock": True, "category": "Light"}, set()),
    ],
)
def test_filters_narrow(query: dict[str, object], found: set[str]) -> None:
    assert set(hits("", **query)) == found


def test_scores_do_not_depend_on_other_products() -> None:
    alone = index_of(KETTLE).scores(["kettle"])
    assert ALL.scores(["kettle"])["p-kettle"] == alone["p-kettle"]


def test_the_better_field_and_the_better_match_come_first() -> None:
    index = index_of(
        entry("a", "Kettles"),
        entry("b", "Kettle"),
        entry("c", "Steel kettle"),
        entry("d", "Pot", tags=["kettle"]),
        entry("e", "Pot", category="kettle"),
        entry("f", "Kettla"),
    )
    found = answer(index, Query("kettle", sort="RELEVANCE"))
    assert [product_id for _, product_id in found.places] == ["b", "c", "a", "d", "e", "f"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("PRICE_ASC", ["b", "a", "c", "d"]),
        ("PRICE_DESC", ["d", "a", "c", "b"]),
        ("NAME", ["c", "a", "b", "d"]),
        ("NEWEST", ["b", "a", "c", "d"]),
        ("RELEVANCE", ["a", "b", "c", "d"]),
    ],
)
def test_sorts_with_ties_by_id(sort: str, expected: list[str]) -> None:
    index = index_of(
        entry("d", "zebra", price=300, createdDate="not a date"),
        entry("a", "Émile", price=200, createdDate="2026-03-01T12:00:00.001Z"),
        entry("c", "apple", price=200, createdDate="2026-03-01T12:00:00.000Z"),
        entry("b", "emile", price=100, createdDate="2026-03-01T13:00:00.001+00:30"),
    )
    assert [product_id for _, product_id in answer(index, Query(sort=sort)).places] == expected


@pytest.mark.parametrize("created", [None, "", "tomorrow", 7, "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_date_is_last(created: object) -> None:
    assert newest_key(created) == LAST
    assert newest_key("1900-01-01") < LAST


@pytest.mark.parametrize(
    ("price", "band"),
    [
        (0, "0-999"),
        (999, "0-999"),
        (1_000, "1000-2499"),
        (2_499, "1000-2499"),
        (2_500, "2500-4999"),
        (5_000, "5000-9999"),
        (9_999, "5000-9999"),
        (10_000, "10000-"),
    ],
)
def test_bands_of_prices(price: int, band: str) -> None:
    assert band_of(price) == band


def test_facets_ignore_their_own_filter_and_obey_the_others() -> None:
    found = answer(ALL, Query(category="Kitchen", max_price=2_000, in_stock=True))
    assert found.facets == {
        "category": [("Kitchen", 1)],
        "tag": [("glass", 1), ("kettle", 1)],
        "price": [("1000-2499", 1), ("2500-4999", 1)],
        "stock": [("LOW", 1)],
    }
    assert answer(ALL, Query(category="Light", in_stock=True)).facets == {
        "category": [("Kitchen", 2)],
        "tag": [],
        "price": [],
        "stock": [("OUT", 1)],
    }


def test_facets_have_fifty_values_by_count_then_value() -> None:
    many: list[Entry] = [entry(f"p-{number}", tags=[f"tag {number:02}", "common"]) for number in range(60)]
    tags = answer(index_of(*many), Query()).facets["tag"]
    assert tags == [("common", 60), *((f"tag {number:02}", 1) for number in range(MOST_VALUES - 1))]


def test_a_page_of_large_products_is_shorter() -> None:
    """AppSync refuses an answer of more than 5 MB. Pages still reach every hit once."""
    large = [entry(f"p-{number}", pictures=["x" * (MOST_CHARACTERS // 3)]) for number in range(5)]
    found = answer(index_of(*large, entry("p-5", pictures=["x" * MOST_CHARACTERS * 2])), Query())
    seen, after = [], None
    for size in (2, 2, 1, 1):
        page, after = found.page(50, after)
        assert len(page) == size
        seen += ids(page)
    assert (after, sorted(seen)) == (None, [f"p-{number}" for number in range(6)])


def test_answers_are_kept_until_the_index_changes() -> None:
    index, answers = index_of(KETTLE), Answers()
    first = answers.of(index, Query())
    assert answers.of(index, Query()) is first
    index.put(POT)
    assert answers.of(index, Query()).total == 2
    # An index that was read anew, with as many changes.
    assert answers.of(index_of(KETTLE, POT), Query()) is not answers.of(index, Query())
    again = index_of(KETTLE, replace(POT, price=1))
    assert answers.of(again, Query()).hits[POT.product_id].price == 1
