"""The table, on moto."""

from typing import Any

import pytest

from warehouse.tests.builders import LOW
from warehouse.tests.contract import WarehouseContract
from warehouse.tests.integration.conftest import TABLE
from warehouse_service.repository import Warehouse, WarehouseTable


class TestWarehouseTable(WarehouseContract):
    @pytest.fixture
    def warehouse(self, dynamodb: Any) -> Warehouse:
        return WarehouseTable(dynamodb, TABLE, LOW)
