"""An orders service in memory."""

from collections.abc import Mapping
from typing import Any

from ecom.http import Unreachable


class OrdersInMemory:
    """Has some orders, and records in `asked` the ids of all calls. Raises Unreachable while it is `unavailable`."""

    def __init__(self, *orders: Mapping[str, Any]) -> None:
        self.orders = {each["orderId"]: each for each in orders}
        self.unavailable = False
        self.asked: list[str] = []

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        self.asked.append(order_id)
        if self.unavailable:
            raise Unreachable("no answer")
        return self.orders.get(order_id)
