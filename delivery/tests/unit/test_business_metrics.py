"""The end of a delivery is counted when its status changes."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS
from delivery_service.business_metrics import metrics_of
from delivery_service.events import SOURCE, events_of
from ecom.business_metrics import BusinessMetric
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record

NEW = {"orderId": "order-1", "status": "NEW", "address": ADDRESS, "version": 0}


def metrics(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[BusinessMetric]:
    change = read_change(stream_record({"orderId": "order-1"}, old, new), SOURCE)
    return [metric for event in events_of(change) for metric in metrics_of(change, event)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("IN_PROGRESS", []),
        ("COMPLETED", [BusinessMetric("DeliveriesCompleted")]),
        ("FAILED", [BusinessMetric("DeliveriesFailed")]),
    ],
)
def test_the_end_of_a_delivery_is_counted_once(status: str, expected: list[BusinessMetric]) -> None:
    ended = {**NEW, "status": status, "version": 1}
    assert metrics(NEW, ended) == expected
    assert metrics(None, NEW) == metrics(ended, {**ended, "note": "manual"}) == metrics(ended, None) == []
