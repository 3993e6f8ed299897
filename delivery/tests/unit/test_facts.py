"""The end of a delivery is counted when its status changes."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS
from delivery_service.events import SOURCE, events_of
from delivery_service.facts import facts_of
from ecom.facts import Fact
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record

NEW = {"orderId": "order-1", "status": "NEW", "address": ADDRESS, "version": 0}


def facts(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Fact]:
    change = read_change(stream_record({"orderId": "order-1"}, old, new), SOURCE)
    return [fact for event in events_of(change) for fact in facts_of(change, event)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("IN_PROGRESS", []),
        ("COMPLETED", [Fact("DeliveriesCompleted")]),
        ("FAILED", [Fact("DeliveriesFailed")]),
    ],
)
def test_the_end_of_a_delivery_is_counted_once(status: str, expected: list[Fact]) -> None:
    ended = {**NEW, "status": status, "version": 1}
    assert facts(NEW, ended) == expected
    assert facts(None, NEW) == facts(ended, {**ended, "note": "manual"}) == facts(ended, None) == []
