"""An orders service in memory."""

from collections.abc import Mapping
from typing import Any

from ecom.http import Unreachable


class OrdersInMemory:
    """Has some orders and records the ids it was asked for. Raises Unreachable while it is `away`."""

    def __init__(self, *orders: Mapping[str, Any]) -> None:
        self.orders = {each["orderId"]: each for each in orders}
        self.away = False
        self.asked: list[str] = []

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        self.asked.append(order_id)
        if self.away:
            raise Unreachable("no answer")
        return self.orders.get(order_id)
