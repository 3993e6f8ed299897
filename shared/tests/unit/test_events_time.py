"""The time of an event is read as UTC; an invalid time makes the event invalid."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ecom.errors import InvalidEvent
from ecom.events import parse
from ecom.schemas import Schemas


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    (tmp_path / "Sold.json").write_text("{}")
    return Schemas(tmp_path)


def raw(time: Any) -> dict[str, Any]:
    return {"source": "a", "detail-type": "Sold", "time": time, "detail": {}}


@pytest.mark.parametrize("time", ["2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00"])
def test_a_time_is_read_in_utc(schemas: Schemas, time: str) -> None:
    found = parse(raw(time), schemas).time
    assert (found, found.tzinfo) == (datetime(2026, 3, 1, 12, tzinfo=UTC), UTC)


@pytest.mark.parametrize("time", [None, "noon", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_an_invalid_time_is_refused(schemas: Schemas, time: Any) -> None:
    with pytest.raises(InvalidEvent, match="not a timestamp"):
        parse(raw(time), schemas)
