"""The fakes pass the contract suites of the tables, so that handler tests can rely on them."""

import pytest

from ecom.dynamo import Item
from orders.tests.builders import LIFETIME
from orders.tests.contract import OrdersContract, PaymentTokensContract
from orders.tests.fakes import OrdersInMemory, PaymentTokensInMemory
from orders_service.payment_tokens import PaymentTokens
from orders_service.repository import Orders


class TestOrdersInMemory(OrdersContract):
    @pytest.fixture
    def orders(self) -> Orders:
        return OrdersInMemory()

    def put(self, orders: Orders, item: Item) -> None:
        assert isinstance(orders, OrdersInMemory)
        orders.items[item["orderId"]] = item


class TestPaymentTokensInMemory(PaymentTokensContract):
    @pytest.fixture
    def orders(self) -> Orders:
        return OrdersInMemory()

    @pytest.fixture
    def tokens(self, orders: Orders) -> PaymentTokens:
        assert isinstance(orders, OrdersInMemory)
        return PaymentTokensInMemory(orders, LIFETIME, 2)
