"""Levels, and the band in which a move knows them without reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse_service.stock import Level, Move, Stock, band, level


@pytest.mark.parametrize(
    ("available", "expected"), [(0, Level.OUT), (1, Level.LOW), (5, Level.LOW), (6, Level.IN), (10**9, Level.IN)]
)
def test_levels(available: int, expected: Level) -> None:
    assert level(available, low_at=5) is expected


def test_nothing_is_low_when_low_is_nothing() -> None:
    assert (level(0, 0), level(1, 0)) == (Level.OUT, Level.IN)


def test_on_hand_is_what_is_free_and_what_is_kept() -> None:
    assert Stock("kettle", 3, 4).on_hand == 7


@given(free=st.integers(0, 60), change=st.integers(-30, 30), low_at=st.integers(0, 20), other=st.integers(0, 60))
def test_a_band_holds_exactly_the_numbers_with_the_same_levels(free: int, change: int, low_at: int, other: int) -> None:
    if free + change < 0:
        return
    found = band(free, Move(change, -change), low_at)
    assert (found.before, found.after) == (level(free, low_at), level(free + change, low_at))
    inside = other >= found.low and (found.high is None or other <= found.high)
    same = other + change >= 0 and (level(other, low_at), level(other + change, low_at)) == (found.before, found.after)
    assert inside == same
