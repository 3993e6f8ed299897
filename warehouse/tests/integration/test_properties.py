"""Stock is right after commands and events in any order, repeated and late. On the table, with moto."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from ecom.dynamo import plain
from warehouse.tests.builders import LOW_STOCK
from warehouse.tests.integration.conftest import TABLE
from warehouse.tests.machine import PRODUCTS, WarehouseMachine
from warehouse_service import shards
from warehouse_service.domain import Request
from warehouse_service.known_stock import KnownStock
from warehouse_service.repository import Warehouse, WarehouseTable
from warehouse_service.rows import place_of, request_from_item, stock_from_items
from warehouse_service.stock import Stock

SETTINGS = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def on_table(dynamodb: Any, make: Callable[[], Warehouse]) -> type[WarehouseMachine]:
    class OnTable(WarehouseMachine):
        def empty_warehouse(self) -> Warehouse:
            for item in dynamodb.scan(TableName=TABLE)["Items"]:
                dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": plain(item)["id"]}})
            return make()

        def snapshot(self) -> tuple[dict[str, Request], dict[str, Stock]]:
            items = [plain(item) for item in dynamodb.scan(TableName=TABLE)["Items"]]
            requests = [request_from_item(item) for item in items if "status" in item]
            products = {place_of(item)[0] for item in items if "status" not in item}
            stock = [
                stock_from_items(product_id, (item for item in items if is_of(item, product_id)))
                for product_id in products
            ]
            return {each.order_id: each for each in requests}, {each.product_id: each for each in stock}

    return OnTable


def is_of(item: dict[str, Any], product_id: str) -> bool:
    return "status" not in item and place_of(item)[0] == product_id


@pytest.mark.parametrize("forgetful", [True, False])
def test_the_invariants_hold_on_the_table(dynamodb: Any, forgetful: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when no call finds remembered stock, as in a new execution environment."""
    if forgetful:
        monkeypatch.setattr(KnownStock, "remember", lambda *_: None)
    machine = on_table(dynamodb, lambda: WarehouseTable(dynamodb, TABLE, LOW_STOCK))
    run_state_machine_as_test(machine, settings=SETTINGS)


def test_the_invariants_hold_while_stock_is_spread_and_gathered(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No unit is lost, doubled or sold twice over shards; and the level of the own item is that of the product."""
    monkeypatch.setattr(shards, "LEAST_SHARE", 1)

    class Spreading(on_table(dynamodb, lambda: WarehouseTable(dynamodb, TABLE, 0, shards=3))):  # type: ignore[misc]
        warehouse: WarehouseTable

        @rule(product_id=st.sampled_from(PRODUCTS))
        def spread(self, product_id: str) -> None:
            before = self.snapshot()
            self.warehouse._sharded.spread(product_id)
            assert self.snapshot() == before

        @rule(product_id=st.sampled_from(PRODUCTS))
        def gather(self, product_id: str) -> None:
            before = self.snapshot()
            self.warehouse._sharded.gather(product_id, "request")
            assert self.snapshot() == before

        @rule()
        def forget(self) -> None:
            self.warehouse = WarehouseTable(dynamodb, TABLE, 0, shards=3)

        @invariant()
        def an_empty_own_item_means_an_empty_product(self) -> None:
            for product_id, stock in self.snapshot()[1].items():
                own = plain(dynamodb.get_item(TableName=TABLE, Key={"id": {"S": f"stock#{product_id}"}})["Item"])
                assert (own["available"] > 0) == (stock.available > 0)
                assert own["available"] >= 0

    run_state_machine_as_test(Spreading, settings=settings(SETTINGS, max_examples=12, stateful_step_count=30))
