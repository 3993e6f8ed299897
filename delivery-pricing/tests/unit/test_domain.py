"""Boxes, fees and refused input."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery_pricing_service.domain import Line, boxes, price, quote
from delivery_pricing_service.fees import FEE_ELSEWHERE, FEES
from ecom.errors import InvalidInput
from ecom.limits import ADDRESS_FIELDS

Build = Callable[..., dict[str, Any]]
README = Path(__file__).parents[2] / "README.md"
EUROPEAN_UNION = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]  # 27 members
)
CUBE = {"width": 500, "length": 500, "height": 500}


@pytest.mark.parametrize(
    ("lines", "needed"),
    [
        ([Line(1, **CUBE)], 1),
        ([Line(1, **CUBE, weight=12_000)], 1),
        ([Line(1, **CUBE, weight=12_001)], 2),
        ([Line(1, 500, 500, 501)], 2),
        ([Line(2, **CUBE)], 2),
        ([Line(1, 1, 1, 1, 1)], 1),
        ([Line(12, weight=1_000)], 1),
        ([Line(13, weight=1_000)], 2),
        ([Line(1, **CUBE), Line(1, weight=12_001)], 2),
        ([Line(1000, width=500, length=500)], 0),
        ([Line(1)], 0),
        ([Line(1000, **CUBE, weight=1), Line(1, 1, 1, 1, 1)], 1001),
    ],
)
def test_the_boxes_follow_from_the_volume_or_the_weight_of_all_units(lines: list[Line], needed: int) -> None:
    assert boxes(lines) == needed


def test_large_numbers_are_not_rounded() -> None:
    """Beyond 2**53 a float would lose the last unit."""
    exact = Line(1, 2**29, 2**29, 125_000_000)
    assert boxes([exact]) == 2**58
    assert boxes([exact, Line(1, 1, 1, 1)]) == 2**58 + 1


sizes = st.integers(0, 2_000)
some_lines = st.lists(st.builds(Line, st.integers(1, 20), sizes, sizes, sizes, sizes), min_size=1, max_size=5)


@given(some_lines, st.randoms())
def test_the_spread_of_units_over_lines_does_not_matter(lines: list[Line], random: Any) -> None:
    singles = [Line(1, one.width, one.length, one.height, one.weight) for one in lines for _ in range(one.quantity)]
    random.shuffle(singles)
    assert boxes(singles) == boxes(lines)


@pytest.mark.parametrize(
    ("country", "fee"),
    [
        *((code, 0) for code in ("DK", "FI", "NO", "SE")),
        *((code, 1000) for code in ("PL", "GR", "HR", "DE", "FR", "CY", "IE", "MT", "CZ", "SI", "SK")),
        ("CA", 1500),
        ("US", 1500),
        *((code, 2500) for code in ("GB", "CH", "IS", "JP", "ZZ", "PO", "EL")),
    ],
)
def test_the_fee_of_a_country(country: str, fee: int) -> None:
    assert price([Line(1, **CUBE)], country) == fee
    assert price([Line(3, **CUBE)], country) == 3 * fee


def test_the_readme_has_the_fee_of_each_country() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \|$", README.read_text(), re.MULTILINE)
    documented = {code: int(fee) for codes, fee in rows for code in codes.split() if re.fullmatch("[A-Z]{2}", code)}
    (union,) = (int(fee) for codes, fee in rows if "European Union" in codes)
    (elsewhere,) = (int(fee) for codes, fee in rows if "any other country" in codes)
    assert dict.fromkeys(EUROPEAN_UNION, union) | documented == FEES
    assert elsewhere == FEE_ELSEWHERE


@pytest.mark.parametrize("country", ["us", "Us", "US"])
def test_country_codes_are_accepted_in_any_case(line: Build, address: Build, country: str) -> None:
    assert quote([line()], address(country=country)) == 1500


def test_a_missing_dimension_counts_as_0_and_a_missing_quantity_as_1(line: Build, address: Build) -> None:
    assert quote([line(package={"weight": 12_001, "width": None})], address()) == 3000
    assert quote([line(package={}, quantity=None)], address()) == 0
    assert quote([{"package": {"weight": 12_000}}], {"country": "US"}) == 1500


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": 0}, r"products\[1\]\.quantity"),
        ({"quantity": -1}, r"products\[1\]\.quantity"),
        ({"quantity": 1001}, r"products\[1\]\.quantity"),
        ({"quantity": 1.0}, r"products\[1\]\.quantity"),
        ({"quantity": True}, r"products\[1\]\.quantity"),
        ({"package": None}, r"products\[1\]\.package"),
        ({"package": [1]}, r"products\[1\]\.package"),
        ({"package": {"width": -1}}, r"products\[1\]\.package\.width"),
        ({"package": {"weight": "1"}}, r"products\[1\]\.package\.weight"),
        ({"package": {"depth": 1}}, r"products\[1\]\.package: depth"),
        ({"total": 1}, r"products\[1\]: total"),
    ],
)
def test_an_invalid_line_is_named(line: Build, address: Build, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        quote([line(), line(**changes)], address())


@pytest.mark.parametrize("country", [None, "", "D", "DNK", "D1", "ÆØ", "DK\n", " DK", 45, ["DK"]])
def test_a_country_code_has_two_letters(line: Build, address: Build, country: Any) -> None:
    with pytest.raises(InvalidInput, match=r"address\.country"):
        quote([line()], address(country=country))


@pytest.mark.parametrize("given_address", [None, "US", [], {}, {"planet": "Mars", "country": "US"}])
def test_an_invalid_address_is_refused(line: Build, given_address: Any) -> None:
    with pytest.raises(InvalidInput, match="address"):
        quote([line()], given_address)


OTHERS = [name for name in ADDRESS_FIELDS if name != "country"]


@pytest.mark.parametrize("field", OTHERS)
@pytest.mark.parametrize("blank", [None, "", " \t\n", " " * 501])
def test_every_field_but_the_country_may_be_blank(line: Build, address: Build, field: str, blank: str | None) -> None:
    assert quote([line()], address(**{field: blank})) == 1500


@pytest.mark.parametrize("field", OTHERS)
@pytest.mark.parametrize("value", [7, False, [], {}, "x" * 501, "\ud800"])
def test_other_fields_that_are_no_texts_or_too_long_are_refused(
    line: Build, address: Build, field: str, value: Any
) -> None:
    assert quote([line()], address(**{field: "x" * 500})) == 1500
    with pytest.raises(InvalidInput, match=rf"address\.{field} "):
        quote([line()], address(**{field: value}))


@pytest.mark.parametrize("products", [None, [], {}, ["kettle"], [None]])
def test_invalid_products_are_refused(address: Build, products: Any) -> None:
    with pytest.raises(InvalidInput, match="products"):
        quote(products, address())


def test_at_most_fifty_lines(line: Build, address: Build) -> None:
    assert quote([line(package={"weight": 1})] * 50, address()) == 1500
    with pytest.raises(InvalidInput, match="1 to 50 lines"):
        quote([line()] * 51, address())


def test_a_price_fits_the_int_of_graphql(line: Build, address: Build) -> None:
    with pytest.raises(InvalidInput, match="must be at most 2147483647"):
        quote([line(package={"weight": 2_147_483_647}, quantity=1000)], address())
    assert quote([line(package={"weight": 2_147_483_647}, quantity=1000)], address(country="DK")) == 0
