"""The order of a return, from what *orders* answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from returns.tests.builders import DELIVERED, NOON, order, order_item, request
from returns_service.domain import Order, Status, new_return
from returns_service.errors import NotReturnable
from returns_service.orders import order_from


def read(item: Mapping[str, Any]) -> Order:
    return order_from(item, "EUR")


def test_a_delivered_order() -> None:
    assert read(order_item()) == order(delivered={"kettle": 3, "cup": 2})
    assert read(order_item()).delivered_at == DELIVERED


@pytest.mark.parametrize("currency", [{}, {"currency": None}, {"currency": ""}])
def test_an_order_without_a_currency_has_the_environments(currency: dict[str, Any]) -> None:
    item = {name: value for name, value in order_item().items() if name != "currency"}
    assert order_from({**item, **currency}, "DKK").currency == "DKK"
    assert order_from(order_item(), "DKK").currency == "EUR"


def test_lines_of_one_product_add_up() -> None:
    line = {"productId": "kettle", "quantity": 2, "price": 3990}
    assert read(order_item(products=[line, line])).delivered == {"kettle": 4}


@pytest.mark.parametrize("status", ["NEW", "PACKAGED", "SHIPPED", "DELIVERY_FAILED", "CANCELLED"])
def test_an_order_that_is_not_delivered(status: str) -> None:
    assert read(order_item(status=status)).delivered_at is None


@pytest.mark.parametrize(
    ("changes", "is_final"),
    [
        ({}, True),
        ({"packagedDate": None}, False),
        ({"packagedDate": None, "history": []}, True),
        ({"packagedDate": None, "history": [{"at": "2026-03-02T12:00:00.000Z", "status": "PACKAGED"}]}, True),
    ],
)
def test_units_are_final_once_the_package_is_known(changes: dict[str, Any], is_final: bool) -> None:
    assert read(order_item(status="SHIPPED", **changes)).is_final is is_final


def test_without_a_history_the_last_change_is_the_delivery() -> None:
    assert read(order_item(history=[])).delivered_at == datetime.fromisoformat("2026-03-06T12:00:00.000Z")


@pytest.mark.parametrize(
    "changes",
    [
        {"history": [], "modifiedDate": "2026-03-05T12:00:00"},
        {"history": [{"status": "FULFILLED", "at": "2026-03-05T13:00:00+01:00"}]},
    ],
)
def test_a_time_is_compared_in_utc(changes: Any) -> None:
    """A client that writes into the table of orders may leave out the zone."""
    item = read(order_item(**changes))
    assert item.delivered_at == DELIVERED
    assert new_return(request(), item, {}, NOON, 30).status is Status.REQUESTED


def test_a_time_that_has_no_utc_cannot_be_returned() -> None:
    with pytest.raises(NotReturnable):
        read(order_item(history=[], modifiedDate="0001-01-01T00:00:00+14:00"))


@pytest.mark.parametrize(
    "changes",
    [{"products": None}, {"products": [{"productId": "kettle"}]}, {"history": [{"status": "FULFILLED", "at": "x"}]}],
)
def test_an_order_that_was_written_manually_cannot_be_returned(changes: Any) -> None:
    with pytest.raises(NotReturnable):
        read(order_item(**changes))
