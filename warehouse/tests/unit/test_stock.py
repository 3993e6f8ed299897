"""Levels, and the band of a stock change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse_service.stock import Level, Stock, StockChange, band, level


@pytest.mark.parametrize(("available", "expected"), [(0, "OUT"), (1, "LOW"), (5, "LOW"), (6, "IN"), (10**9, "IN")])
def test_the_level_follows_from_the_available_units(available: int, expected: Level) -> None:
    assert level(available, low_stock=5) is expected


def test_no_level_is_low_when_the_limit_is_zero() -> None:
    assert (level(0, 0), level(1, 0)) == ("OUT", "IN")


def test_on_hand_is_available_and_reserved() -> None:
    assert Stock("kettle", 3, 4).on_hand == 7


@given(
    available=st.integers(0, 60), change=st.integers(-30, 30), low_stock=st.integers(0, 20), other=st.integers(0, 60)
)
def test_a_band_holds_exactly_the_numbers_with_the_same_levels(
    available: int, change: int, low_stock: int, other: int
) -> None:
    if available + change < 0:
        return
    found = band(available, StockChange(change, -change), low_stock)
    assert (found.before, found.after) == (level(available, low_stock), level(available + change, low_stock))
    inside = other >= found.low and (found.high is None or other <= found.high)
    same = other + change >= 0 and (level(other, low_stock), level(other + change, low_stock)) == (
        found.before,
        found.after,
    )
    assert inside == same
