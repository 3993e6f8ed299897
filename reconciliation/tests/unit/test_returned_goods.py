"""What is wrong with a return, and when."""

from datetime import timedelta
from typing import Any

import pytest

from reconciliation.tests.builders import NOW
from reconciliation_service.findings import Kind, Limits
from reconciliation_service.returned_goods import Refund, Return, ReturnRecords, judge_return
from reconciliation_service.rows import return_from_item

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LIMITS = Limits()


def kinds(
    status: str,
    age: timedelta | None = DAY,
    refund: Refund | None = None,
    *,
    owed: int = 0,
    restocked: int = 0,
    is_in_warehouse: bool = False,
) -> list[Kind]:
    value = Return("return-1", "order-1", status, owed, restocked, NOW - age if age is not None else None)
    return [finding.kind for finding in judge_return(ReturnRecords(value, refund, is_in_warehouse), NOW, LIMITS)]


@pytest.mark.parametrize("status", ["APPROVED", "REFUSED", "CANCELLED", "EXPIRED", "FAILED", "REFUNDED"])
def test_a_return_without_goods_or_money_is_well(status: str) -> None:
    assert kinds(status) == []


def test_staff_are_reminded_of_requests() -> None:
    assert kinds("REQUESTED", DAY - MINUTE) == []
    assert kinds("REQUESTED", DAY) == [Kind.WAITING_FOR_STAFF]


def test_a_return_whose_execution_stopped() -> None:
    assert kinds("RECEIVED", timedelta(minutes=59)) == []
    assert kinds("RECEIVED", timedelta(minutes=60)) == [Kind.STUCK_RETURN]
    assert kinds("RECEIVED", None) == [Kind.STUCK_RETURN]


@pytest.mark.parametrize(
    ("refund", "found"),
    [
        (Refund("DONE", 500), []),
        (Refund("DONE", 400), [Kind.RETURN_NOT_PAID]),
        (Refund("FAILED", 500), [Kind.RETURN_NOT_PAID]),
        (Refund("PENDING", 500), [Kind.RETURN_NOT_PAID]),
        (None, [Kind.RETURN_NOT_PAID]),
    ],
)
def test_the_money_of_a_refunded_return(refund: Refund | None, found: list[Kind]) -> None:
    assert kinds("REFUNDED", refund=refund, owed=500) == found
    assert kinds("REFUNDED", MINUTE, refund, owed=500) == []


@pytest.mark.parametrize("status", ["REFUNDED", "FAILED"])
def test_the_goods_of_a_return_that_has_ended(status: str) -> None:
    assert kinds(status, restocked=1) == [Kind.RETURN_NOT_RESTOCKED]
    assert kinds(status, restocked=1, is_in_warehouse=True) == []
    assert kinds(status, MINUTE, restocked=1) == []


@pytest.mark.parametrize(
    "item",
    [
        {"id": "order#order-1", "units": {}},
        {"id": "token#return-1", "taskToken": "x"},
        {"id": "return#return-1", "requestedOrderId": "order-1", "status": "REFUSED"},
    ],
)
def test_other_items_of_the_table_are_no_returns(item: dict[str, Any]) -> None:
    assert return_from_item(item) is None


def test_a_row_that_was_written_manually_can_be_read() -> None:
    item = {"id": "return#return-1", "orderId": "order-1", "status": 7, "lines": "none", "history": [7]}
    assert return_from_item(item) == Return("return-1", "order-1", "REQUESTED", 0, 0, None)
