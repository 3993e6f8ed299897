"""An order has a limited number of lines in its returns: `getReturns` answers all of them at once."""

from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import Item, Table
from returns.tests.builders import NOON, ORDER, RETURN, USER, OrdersInMemory, request
from returns.tests.integration.conftest import TABLE
from returns_service.domain import RequestedLine, Return, Status, move
from returns_service.errors import NotReturnable
from returns_service.repository import Returns
from returns_service.requesting import Requesting

NO_WAIT = Backoff(max_attempts=4, sleep=lambda _: None)


@pytest.fixture
def returns(dynamodb: Any) -> Returns:
    return Returns(dynamodb, TABLE, NO_WAIT)


@pytest.fixture
def requesting(returns: Returns) -> Requesting:
    return Requesting(returns, OrdersInMemory(), lambda: NOON, 30, "EUR")


def one_line(name: str) -> Any:
    return request(RequestedLine("kettle", 1), return_id=f"{USER}_{name}")


def two_lines(name: str) -> Any:
    return request(RequestedLine("kettle", 1), RequestedLine("cup", 1), return_id=f"{USER}_{name}")


def cancel(current: Return) -> Return:
    return move(current, Status.CANCELLED, NOON, "cancelReturn")


def row(dynamodb: Any) -> Item:
    """What the table has about the order: the units that its returns hold, and the lines that they had."""
    found = Table(dynamodb, TABLE).get({"id": f"order#{ORDER}"})
    assert found
    return {"units": found["units"], "lines": found["lines"]}


def test_the_returns_of_an_order_have_a_limit_that_cancelled_ones_count_against(
    requesting: Requesting, returns: Returns, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("returns_service.domain.MAX_LINES_OF_RETURNS", 5)
    for name in ("return-1", "return-2"):
        made = requesting.request(two_lines(name), "request-1")
        returns.change(made.return_id, cancel, "request-2")
    assert row(dynamodb) == {"units": {}, "lines": 4}
    with pytest.raises(NotReturnable, match="have 5 lines at most"):
        requesting.request(two_lines("return-3"), "request-3")
    assert requesting.register(two_lines("return-4"), "request-4").status is Status.REFUSED
    assert requesting.request(one_line("return-5"), "request-5").status is Status.REQUESTED
    assert row(dynamodb) == {"units": {"kettle": 1}, "lines": 5}
    assert sum(len(each.lines) for each in returns.of_order(ORDER)) == 5
    with pytest.raises(NotReturnable):
        requesting.request(one_line("return-6"), "request-6")
    assert requesting.request(two_lines("return-1"), "request-7").status is Status.CANCELLED, "a repeat"


def test_a_row_that_was_written_before_lines_were_counted(
    requesting: Requesting, returns: Returns, dynamodb: Any
) -> None:
    Table(dynamodb, TABLE).put({"id": f"order#{ORDER}", "units": {"kettle": 1}, "etag": 1})
    requesting.request(two_lines("return-1"), "request-1")
    assert row(dynamodb) == {"units": {"kettle": 2, "cup": 1}, "lines": 2}
    Table(dynamodb, TABLE).put({"id": f"order#{ORDER}", "units": {"kettle": 2, "cup": 1}, "etag": 2})
    returns.change(RETURN, cancel, "request-2")
    assert row(dynamodb) == {"units": {"kettle": 1}, "lines": 0}
