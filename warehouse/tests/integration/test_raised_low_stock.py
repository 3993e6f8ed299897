"""`LowStock` was raised after a product was spread: its own item may have fewer units than the new limit."""

from typing import Any

import pytest

from ecom.dynamo import Table
from warehouse.tests.builders import NOON, reserve
from warehouse.tests.integration.conftest import TABLE
from warehouse.tests.integration.test_repository import stored
from warehouse.tests.integration.test_sharded_stock import detail, spread, table, units
from warehouse_service.repository import WarehouseTable
from warehouse_service.restocking import Restocking


@pytest.fixture
def raised(dynamodb: Any) -> WarehouseTable:
    """100 kettles, 31 of them in the own item; LOW below 51."""
    before = table(dynamodb)
    before.set_stock("kettle", 100, "request")
    assert spread(before)
    assert units(dynamodb)[0] < 50
    return table(dynamodb, low_stock=50, choose=max)


def test_the_level_changes_when_the_units_are_gathered(dynamodb: Any, raised: WarehouseTable) -> None:
    for number in range(69):
        reserve(raised, f"order-{number}", kettle=1)
    assert (units(dynamodb), stored(dynamodb, "stock#kettle")["version"]) == ([31, 0, 0, 0], 1)
    reserve(raised, "the next", kettle=1)
    item = stored(dynamodb, "stock#kettle")
    assert (units(dynamodb), item["version"]) == ([30, 0, 0, 0], 2)


def test_gathering_publishes_the_level(dynamodb: Any, raised: WarehouseTable) -> None:
    for number in range(60):
        reserve(raised, f"order-{number}", kettle=1)
    assert raised._sharded.gather("kettle", "request-2")
    item = stored(dynamodb, "stock#kettle")
    assert (detail(item, low_stock=50), item["version"], item["correlationId"]) == ((40, "LOW"), 2, "request-2")


def test_gathering_above_the_limit_publishes_nothing(dynamodb: Any, raised: WarehouseTable) -> None:
    assert raised._sharded.gather("kettle", "request-2")
    item = stored(dynamodb, "stock#kettle")
    assert (item["available"], item["version"], "news" in item) == (100, 1, False)


def test_units_that_come_back_meanwhile_are_gathered_later(
    dynamodb: Any, raised: WarehouseTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        reserve(raised, f"order-{number}", kettle=1)
    read, returned = dynamodb.batch_get_item, Restocking(Table(dynamodb, TABLE), 50)

    def interrupted(**request: Any) -> Any:
        monkeypatch.setattr(dynamodb, "batch_get_item", read)
        returned.restock("return-1", {"kettle": 20}, NOON, "request")
        return read(**request)

    monkeypatch.setattr(dynamodb, "batch_get_item", interrupted)
    assert not raised._sharded.gather("kettle", "request-2")
    assert raised._sharded.gather("kettle", "request-2")
    assert units(dynamodb) == [60, 0, 0, 0]
