"""The fake keeps the repository's contract, so that handler tests may trust it."""

import pytest

from orders.tests.contract import OrdersContract
from orders.tests.fakes import OrdersInMemory
from orders_service.domain import Order
from orders_service.repository import Orders


class TestOrdersInMemory(OrdersContract):
    @pytest.fixture
    def orders(self) -> Orders:
        return OrdersInMemory()

    def put(self, orders: Orders, item: Order) -> None:
        assert isinstance(orders, OrdersInMemory)
        orders.items[item["orderId"]] = item
