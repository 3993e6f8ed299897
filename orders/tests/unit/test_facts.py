"""What a change of an order counts: its creation, its worth, its end."""

from typing import Any

import pytest

from ecom.facts import Fact, amount
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from orders.tests.builders import item, manual_item
from orders_service.domain import TRANSITIONS, Status
from orders_service.events import SOURCE, events_of
from orders_service.facts import ENDS, facts_of, refusal

KEYS = {"orderId": item()["orderId"]}


def facts(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[Fact]:
    change = read_change(stream_record(KEYS, old, new), SOURCE)
    return [fact for event in events_of(change, "EUR") for fact in facts_of(change, event)]


def test_a_new_order_is_counted_with_its_worth() -> None:
    assert facts(None, item()) == [Fact("OrdersCreated"), amount("OrderValue", item()["total"])]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PACKAGED", []),
        ("SHIPPED", []),
        ("FULFILLED", [Fact("OrdersFulfilled")]),
        ("CANCELLED", [Fact("OrdersCancelled")]),
        ("PACKAGING_FAILED", [Fact("OrdersFailed")]),
        ("DELIVERY_FAILED", [Fact("OrdersFailed")]),
    ],
)
def test_the_end_of_an_order_is_counted_when_its_status_changes(status: str, expected: list[Fact]) -> None:
    assert facts(item(), item(status=status, version=2)) == expected
    paid = item(status=status, paymentStatus="CAPTURED", version=3)
    assert facts(item(status=status, version=2), paid) == [], "another change of the same order"


def test_every_end_is_counted() -> None:
    assert set(ENDS) == {status for status in Status if not TRANSITIONS[status]}


def test_a_manual_order_is_counted_as_far_as_it_is_known() -> None:
    assert facts(None, manual_item(status="FULFILLED", total=None)) == [Fact("OrdersCreated"), Fact("OrdersFulfilled")]


def test_deleting_an_order_and_internal_changes_count_nothing() -> None:
    assert facts(item(), None) == facts(item(), item(version=2)) == []


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], []),
        (["TRY_AGAIN"], []),
        (["PRICE_CHANGED"], [Fact("OrdersRefused")]),
        (["PRICE_CHANGED", "TRY_AGAIN", "INSUFFICIENT_STOCK"], [Fact("OrdersRefused")]),
    ],
)
def test_an_answer_that_refuses_is_one_refusal(codes: list[str], expected: list[Fact]) -> None:
    assert refusal({"success": not codes, "problems": [{"code": code} for code in codes] or None}) == expected
