from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom import row_history
from ecom.row_history import Move

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_is_written_is_read() -> None:
    history = row_history.extended([], NOON, "NEW", "request-1")
    history = row_history.extended(history, NOON + timedelta(milliseconds=1500), "DONE", "")
    assert row_history.moves(history) == [
        Move(NOON, "NEW", "request-1"),
        Move(NOON + timedelta(milliseconds=1500), "DONE"),
    ]


def test_a_write_that_keeps_the_status_adds_nothing() -> None:
    history = row_history.extended([], NOON, "NEW", "request-1")
    assert row_history.extended(history, NOON + timedelta(hours=1), "NEW", "request-2") == history


def test_a_row_keeps_the_newest_entries_only() -> None:
    history: list[str] = []
    for number in range(row_history.MOST + 5):
        history = row_history.extended(history, NOON, f"S{number}", "")
    assert [move.status for move in row_history.moves(history)] == [f"S{n}" for n in range(5, row_history.MOST + 5)]


@pytest.mark.parametrize("history", [None, "1 NEW", 7, {}, [7, None, "", "x NEW", "1", "999999999999999 NEW", "² NEW"]])
def test_what_cannot_be_read_is_left_out(history: Any) -> None:
    assert row_history.moves(history) == []
