"""The fake passes the contract suite of the repository, so that the tests of handlers can rely on it."""

import pytest

from warehouse.tests.contract import WarehouseContract
from warehouse.tests.fakes import WarehouseInMemory
from warehouse_service.repository import Warehouse


class TestWarehouseInMemory(WarehouseContract):
    @pytest.fixture
    def warehouse(self) -> Warehouse:
        return WarehouseInMemory()
