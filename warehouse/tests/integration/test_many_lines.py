"""An order of many products whose stock is spread, on the table, with moto."""

from typing import Any

from warehouse.tests.builders import NOON, reserve
from warehouse.tests.integration.test_repository import stored
from warehouse.tests.integration.test_sharded_stock import spread, table
from warehouse_service.stock import Stock


def test_an_order_of_fifty_products_in_shards_is_reserved_and_lapses(dynamodb: Any) -> None:
    """A transaction has a hundred entries. Fifty lines of one shard each need 51 to be reserved, 101 to lapse."""
    warehouse = table(dynamodb)
    products = [f"product-{number}" for number in range(50)]
    for product_id in products:
        warehouse.set_stock(product_id, 100, "request")
        assert spread(warehouse, product_id)
    warehouse = table(dynamodb, choose=max)  # the last shard
    reserve(warehouse, "order-1", NOON, **dict.fromkeys(products, 1))
    assert sum("shards" in line for line in stored(dynamodb, "order#order-1")["lines"]) == 49
    assert {warehouse.stock(product_id) for product_id in products} == {
        Stock(product_id, 99, 1) for product_id in products
    }
    assert warehouse.lapse(["order-1"], NOON.replace(hour=13), "request") == 1
    assert {warehouse.stock(product_id) for product_id in products} == {
        Stock(product_id, 100, 0) for product_id in products
    }
