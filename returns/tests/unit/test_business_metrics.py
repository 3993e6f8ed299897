"""A return is counted when its money was paid back."""

from typing import Any

import pytest

from ecom.business_metrics import BusinessMetric
from ecom.table_stream import Change
from returns.tests.builders import a_return
from returns_service.business_metrics import metrics_of
from returns_service.domain import Line, Return, Status
from returns_service.events import SOURCE, events_of
from returns_service.rows import Stored, return_item

LINE = Line("kettle", 2, 3990, "it leaks", received=2, restocked=1)


def written(before: Return | None, status: Status) -> dict[str, Any]:
    stored = Stored(before, 1, 1) if before else None
    return return_item(stored, a_return(status, LINE, refund=1, reason="r"), "correlation-1")


def metrics(old: dict[str, Any] | None, new: dict[str, Any]) -> list[BusinessMetric]:
    change = Change("record-1", SOURCE, {"id": new["id"]}, old, new)
    return [metric for event in events_of(change, "EUR") for metric in metrics_of(change, event)]


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.REFUNDED, Status.FAILED])
def test_only_a_refund_is_counted(status: Status) -> None:
    before = a_return(Status.APPROVED if status is Status.RECEIVED else Status.RECEIVED, LINE)
    after = written(before, status)
    expected = [BusinessMetric("ReturnsRefunded")] if status is Status.REFUNDED else []
    assert metrics({**after, "status": before.status.value}, after) == expected


def test_a_later_write_of_a_refunded_return_is_not_counted() -> None:
    refunded = written(a_return(Status.RECEIVED, LINE), Status.REFUNDED)
    assert metrics(refunded, {**refunded, "note": "manual"}) == []
