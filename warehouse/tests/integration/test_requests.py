"""The DynamoDB requests of each operation: they are billed, and stock is written without reading it (ADR 0010)."""

from typing import Any

import pytest

from ecom.status_index import partitions
from warehouse.tests.builders import LIFETIME, LOW_STOCK, NOON, accept, complete, held, no_change, reserve, start
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import domain
from warehouse_service.errors import InsufficientStock
from warehouse_service.repository import WarehouseTable
from warehouse_service.rows import StoredRequest
from warehouse_service.transactions import in_transactions

READ, READ_STOCK, WRITE, WRITE_WITH_STOCK = "get_item", "batch_get_item", "put_item", "transact_write_items"


class Recorder:
    """A DynamoDB client that records its requests."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.requests.append((operation, request))
            return getattr(self._client, operation)(**request)

        return call

    def operations(self) -> list[str]:
        """The operations since the last call."""
        made, self.requests = [operation for operation, _ in self.requests], []
        return made


@pytest.fixture
def client(dynamodb: Any) -> Any:
    return Recorder(dynamodb)


@pytest.fixture
def warehouse(client: Any) -> WarehouseTable:
    return WarehouseTable(client, TABLE, LOW_STOCK)


def test_an_order_from_reservation_to_package(warehouse: WarehouseTable, client: Any) -> None:
    warehouse.set_stock("kettle", 100, "request")
    assert client.operations() == ["update_item"]
    reserve(warehouse, "order-1", kettle=2)
    assert client.operations() == [WRITE_WITH_STOCK]
    accept(warehouse, "order-1", kettle=2)
    assert client.operations() == [READ, WRITE]
    start(warehouse, "order-1")
    assert client.operations() == [READ, WRITE]
    warehouse.change("order-1", lambda request, _: domain.pack(request, "order-1", "kettle", 1), "request")
    assert client.operations() == [READ, WRITE]
    complete(warehouse, "order-1")
    assert client.operations() == [READ, WRITE_WITH_STOCK]


def test_stock_that_is_not_remembered_is_read_once(warehouse: WarehouseTable, client: Any, dynamodb: Any) -> None:
    WarehouseTable(dynamodb, TABLE, LOW_STOCK).set_stock("kettle", 100, "request")
    reserve(warehouse, "order-1", kettle=2)
    assert client.operations() == [READ_STOCK, WRITE_WITH_STOCK]
    reserve(warehouse, "order-2", kettle=2)
    assert client.operations() == [WRITE_WITH_STOCK]


def test_spread_stock_costs_a_second_read_once_and_no_more_writes(client: Any, dynamodb: Any) -> None:
    other = WarehouseTable(dynamodb, TABLE, LOW_STOCK, shards=4)
    other.set_stock("kettle", 100, "request")
    assert other._sharded.spread("kettle")
    warehouse = WarehouseTable(client, TABLE, LOW_STOCK, shards=4)
    reserve(warehouse, "order-1", kettle=2)
    assert client.operations() == [READ_STOCK, READ_STOCK, WRITE_WITH_STOCK]
    reserve(warehouse, "order-2", kettle=2)
    items = client.requests[-1][1]["TransactItems"]
    assert (client.operations(), len(items)) == ([WRITE_WITH_STOCK], 2)
    accept(warehouse, "order-2", kettle=2)
    start(warehouse, "order-2")
    client.operations()
    complete(warehouse, "order-2")
    items = client.requests[-1][1]["TransactItems"]
    assert (client.operations(), len(items)) == ([READ, WRITE_WITH_STOCK], 2)


@pytest.mark.parametrize("shards", [1, 4])
def test_a_buyer_of_a_sold_out_product_writes_nothing(client: Any, dynamodb: Any, shards: int) -> None:
    other = WarehouseTable(dynamodb, TABLE, LOW_STOCK, shards=shards)
    other.set_stock("kettle", 40, "request")
    assert other._sharded.spread("kettle") == (shards > 1)
    reserve(other, "order-1", kettle=40)
    warehouse = WarehouseTable(client, TABLE, LOW_STOCK, shards=shards)
    for reads in ([READ_STOCK, READ_STOCK, READ], [READ_STOCK, READ]):  # the second knows that there is a record
        with pytest.raises(InsufficientStock):
            reserve(warehouse, "order-2", kettle=1)
        read = [len(request["RequestItems"][TABLE]["Keys"]) for _, request in client.requests[:-1]]
        assert (client.operations(), set(read)) == (reads, {1})


def test_an_untracked_product_is_read_each_time(warehouse: WarehouseTable, client: Any) -> None:
    for order_id in ("order-1", "order-2"):
        reserve(warehouse, order_id, kettle=2)
        assert client.operations() == [READ_STOCK, WRITE]


def test_staff_need_no_stock_to_complete(warehouse: WarehouseTable, client: Any, dynamodb: Any) -> None:
    other = WarehouseTable(dynamodb, TABLE, LOW_STOCK)
    other.set_stock("kettle", 100, "request")
    accept(other, "order-1", kettle=2)
    start(other, "order-1")
    complete(warehouse, "order-1")
    assert client.operations() == [READ, WRITE_WITH_STOCK]


def test_only_a_consistent_read_decides_without_a_write(warehouse: WarehouseTable, client: Any) -> None:
    warehouse.request("order-1")
    warehouse.stock("kettle")
    assert [request["ConsistentRead"] for _, request in client.requests] == [True, True]
    client.operations()
    warehouse.change("order-1", no_change, "request", ["kettle"])
    (_, first), (_, stock), (_, stock_again), (_, last) = client.requests
    assert (first["ConsistentRead"], last["ConsistentRead"]) == (False, True)
    assert all(each["RequestItems"][TABLE]["ConsistentRead"] for each in (stock, stock_again))
    assert client.operations() == [READ, READ_STOCK, READ_STOCK, READ]


def test_lists_are_one_query_of_each_partition(warehouse: WarehouseTable, client: Any) -> None:
    warehouse.new_order_ids(None)
    assert client.operations() == ["query"] * len(partitions("NEW"))


def test_reservations_of_one_product_lapse_in_one_transaction(warehouse: WarehouseTable, client: Any) -> None:
    warehouse.set_stock("kettle", 50, "request")
    for number in range(20):
        reserve(warehouse, f"order-{number}", kettle=1)
    client.operations()
    assert warehouse.lapse([f"order-{number}" for number in range(20)], NOON + LIFETIME, "request") == 20
    assert client.operations() == ["batch_get_item", "transact_write_items"]


def test_a_transaction_has_at_most_a_hundred_items() -> None:
    requests = [StoredRequest(held(f"order-{number}")) for number in range(150)]
    groups = list(in_transactions(requests))
    assert [each for group in groups for each in group] == requests
    assert [len(group) for group in groups] == [99, 51]
