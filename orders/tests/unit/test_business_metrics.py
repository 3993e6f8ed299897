"""What a change of an order counts: its creation, its worth, its end."""

from typing import Any

import pytest

from ecom.business_metrics import BusinessMetric, amount
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from orders.tests.builders import item, manual_item
from orders_service.business_metrics import ENDS, metrics_of, refusal
from orders_service.domain import TRANSITIONS, Status
from orders_service.events import SOURCE, events_of

KEYS = {"orderId": item()["orderId"]}


def metrics(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[BusinessMetric]:
    change = read_change(stream_record(KEYS, old, new), SOURCE)
    return [metric for event in events_of(change, "EUR") for metric in metrics_of(change, event)]


def test_a_new_order_is_counted_with_its_worth() -> None:
    assert metrics(None, item()) == [BusinessMetric("OrdersCreated"), amount("OrderValue", item()["total"])]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PACKAGED", []),
        ("SHIPPED", []),
        ("FULFILLED", [BusinessMetric("OrdersFulfilled")]),
        ("CANCELLED", [BusinessMetric("OrdersCancelled")]),
        ("PACKAGING_FAILED", [BusinessMetric("OrdersFailed")]),
        ("DELIVERY_FAILED", [BusinessMetric("OrdersFailed")]),
    ],
)
def test_the_end_of_an_order_is_counted_when_its_status_changes(status: str, expected: list[BusinessMetric]) -> None:
    assert metrics(item(), item(status=status, version=2)) == expected
    paid = item(status=status, paymentStatus="CAPTURED", version=3)
    assert metrics(item(status=status, version=2), paid) == [], "another change of the same order"


def test_every_end_is_counted() -> None:
    assert set(ENDS) == {status for status in Status if not TRANSITIONS[status]}


def test_a_manual_order_is_counted_as_far_as_it_is_known() -> None:
    assert metrics(None, manual_item(status="FULFILLED", total=None)) == [
        BusinessMetric("OrdersCreated"),
        BusinessMetric("OrdersFulfilled"),
    ]


def test_deleting_an_order_and_internal_changes_count_nothing() -> None:
    assert metrics(item(), None) == metrics(item(), item(version=2)) == []


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], []),
        (["TRY_AGAIN"], []),
        (["PRICE_CHANGED"], [BusinessMetric("OrdersRefused")]),
        (["PRICE_CHANGED", "TRY_AGAIN", "INSUFFICIENT_STOCK"], [BusinessMetric("OrdersRefused")]),
    ],
)
def test_an_answer_that_refuses_is_one_refusal(codes: list[str], expected: list[BusinessMetric]) -> None:
    assert refusal({"success": not codes, "problems": [{"code": code} for code in codes] or None}) == expected
