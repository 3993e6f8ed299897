"""The list of a shopper's orders, as the regular shopper of the evening reads it."""

from collections.abc import Sequence
from typing import Any

import pytest

from tools.sim.people.book import Accepted, Book
from tools.sim.people.regular import Regular


class _Reader(Regular):
    """A regular shopper with the orders `a` and `b`. All looks show the same list."""

    def __init__(self, listed: Sequence[str], possible_orders: int) -> None:
        self.name, self.user_id, self.book = "regular-1", "ann", Book(products=[])
        self.possible_orders = possible_orders
        for order_id in "ab":
            self.book.accepted[order_id] = Accepted(order_id, self.name, self.user_id, order_id, order_id, {})
        self._listed = [{"orderId": order_id, "createdDate": "2026-03-01"} for order_id in listed]

    def pages(self, field: str, of: str, **arguments: Any) -> list[Any]:
        return self._listed

    def wait(self, least: float, most: float, why: str) -> None:
        pass


@pytest.mark.parametrize(
    ("listed", "possible_orders", "is_right"),
    [
        ("ab", 0, True),
        ("abc", 0, False),  # an order of another shopper
        ("abc", 1, True),  # that of a request whose answer the shopper did not see
        ("abcd", 1, False),
        ("ab", 1, True),
        ("a", 1, False),
        ("aab", 1, False),
    ],
)
def test_the_list_has_all_orders_of_the_shopper_once(listed: str, possible_orders: int, *, is_right: bool) -> None:
    reader = _Reader(listed, possible_orders)
    reader._look_at_all()
    assert [promise for promise, _, _ in reader.book.reported] == ([] if is_right else ["A1"])
