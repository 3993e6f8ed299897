"""The fake passes the contract suite of the table, so that handler tests can rely on it."""

import pytest

from products.tests.contract import ProductsContract
from products.tests.fakes import ProductsInMemory
from products_service.repository import Products


class TestProductsInMemory(ProductsContract):
    @pytest.fixture
    def products(self) -> Products:
        return ProductsInMemory()
