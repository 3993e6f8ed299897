"""The fake keeps the repository's contract, so that handler tests may trust it."""

import pytest

from products.tests.contract import ProductsContract
from products.tests.fakes import ProductsInMemory
from products_service.repository import Products


class TestProductsInMemory(ProductsContract):
    @pytest.fixture
    def products(self) -> Products:
        return ProductsInMemory()
