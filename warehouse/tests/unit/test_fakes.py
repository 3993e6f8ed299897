"""The fake keeps the repository's contract, so that handler tests may trust it."""

import pytest

from warehouse.tests.contract import WarehouseContract
from warehouse.tests.fakes import WarehouseInMemory
from warehouse_service.repository import Warehouse


class TestWarehouseInMemory(WarehouseContract):
    @pytest.fixture
    def warehouse(self) -> Warehouse:
        return WarehouseInMemory()
