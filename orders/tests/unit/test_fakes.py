"""The fake passes the contract of `Orders`, so that handler tests may use it."""

import pytest

from ecom.dynamo import Item
from orders.tests.contract import OrdersContract
from orders.tests.fakes import OrdersInMemory
from orders_service.repository import Orders


class TestOrdersInMemory(OrdersContract):
    @pytest.fixture
    def orders(self) -> Orders:
        return OrdersInMemory()

    def put(self, orders: Orders, item: Item) -> None:
        assert isinstance(orders, OrdersInMemory)
        orders.items[item["orderId"]] = item
