"""Stock is right after commands and events in any order, repeated and late. On the table, with moto."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from ecom.dynamo import plain
from warehouse.tests.builders import LOW_STOCK
from warehouse.tests.integration.conftest import TABLE
from warehouse.tests.machine import WarehouseMachine
from warehouse_service.domain import Request
from warehouse_service.repository import Warehouse, WarehouseTable
from warehouse_service.rows import request_from_item, stock_from_item
from warehouse_service.stock import Stock

SETTINGS = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@pytest.mark.parametrize("forgetful", [True, False])
def test_the_invariants_hold_on_the_table(dynamodb: Any, forgetful: bool) -> None:
    """Also when no call finds remembered stock, as in a new execution environment."""

    class Forgetful(WarehouseTable):
        def _remember(self, product_id: str, units: int | None) -> None:
            if not forgetful:
                super()._remember(product_id, units)

    class OnTable(WarehouseMachine):
        def empty_warehouse(self) -> Warehouse:
            for item in dynamodb.scan(TableName=TABLE)["Items"]:
                dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": plain(item)["id"]}})
            return Forgetful(dynamodb, TABLE, LOW_STOCK)

        def snapshot(self) -> tuple[dict[str, Request], dict[str, Stock]]:
            items = [plain(item) for item in dynamodb.scan(TableName=TABLE)["Items"]]
            requests = [request_from_item(item) for item in items if "status" in item]
            stock = [stock_from_item(item) for item in items if "status" not in item]
            return {each.order_id: each for each in requests}, {each.product_id: each for each in stock}

    run_state_machine_as_test(OnTable, settings=SETTINGS)
