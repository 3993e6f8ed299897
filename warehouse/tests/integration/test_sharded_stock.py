"""Stock that is spread over shards, on the table, with moto."""

from collections.abc import Callable
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import plain
from ecom.errors import TryAgain
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from warehouse.tests.builders import LOW_STOCK, NOON, accept, complete, reserve, start
from warehouse.tests.contract import WarehouseContract
from warehouse.tests.integration.conftest import TABLE
from warehouse.tests.integration.test_repository import cancelled, stored
from warehouse_service import domain, shards
from warehouse_service.errors import BelowReserved, InsufficientStock, Shortage
from warehouse_service.events import SOURCE, events_of
from warehouse_service.repository import SPREAD_AFTER, Warehouse, WarehouseTable
from warehouse_service.stock import Stock

SHARDS = 4


def table(dynamodb: Any, low_stock: int = LOW_STOCK, shards: int = SHARDS, **more: Any) -> WarehouseTable:
    return WarehouseTable(dynamodb, TABLE, low_stock, shards=shards, **more)


def spread(warehouse: WarehouseTable, product_id: str = "kettle") -> bool:
    return warehouse._sharded.spread(product_id)


def units(dynamodb: Any, product_id: str = "kettle") -> list[int]:
    """The available units: of the product's own item, then of its shards."""
    items = {item["id"]: item for item in map(plain, dynamodb.scan(TableName=TABLE)["Items"])}
    keys = [f"stock#{product_id}", *(f"shard#{number}#{product_id}" for number in range(1, SHARDS))]
    return [items[key]["available"] for key in keys if key in items]


def _take_from_a_shard(dynamodb: Any) -> None:
    """A buyer's reservation of one unit, as it changes the first shard."""
    dynamodb.update_item(
        TableName=TABLE,
        Key={"id": {"S": "shard#1#kettle"}},
        UpdateExpression="SET available = available - :one, reserved = reserved + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


class TestSpreadTable(WarehouseContract):
    """The whole contract, with each counted product spread as soon as it has two units for each place."""

    @pytest.fixture
    def warehouse(self, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
        monkeypatch.setattr(shards, "LEAST_SHARE", 1)

        class Spreading(WarehouseTable):
            def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
                stock = super().set_stock(product_id, on_hand, correlation_id)
                spread(self, product_id)
                return stock

        return Spreading(dynamodb, TABLE, 0, shards=2)


class TestWhenStockIsSpread:
    @pytest.fixture
    def contest(self, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
        """The next transactions conflict with others about the product's stock."""
        write, left = dynamodb.transact_write_items, [0]

        def contested(**request: Any) -> Any:
            if left[0]:
                left[0] -= 1
                raise cancelled(["None"] + ["TransactionConflict"] * (len(request["TransactItems"]) - 1))
            return write(**request)

        monkeypatch.setattr(dynamodb, "transact_write_items", contested)

        def set_conflicts(number: int) -> None:
            left[0] = number

        return set_conflicts

    def test_conflicts_spread_it(self, dynamodb: Any, contest: Callable[[int], None]) -> None:
        warehouse = table(dynamodb, choose=max)
        warehouse.set_stock("kettle", 100, "request")
        contest(SPREAD_AFTER)
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [100 - 3 * 23, 23, 23, 21]
        assert warehouse.stock("kettle") == Stock("kettle", 98, 2)

    def test_fewer_conflicts_do_not(self, dynamodb: Any, contest: Callable[[int], None]) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        contest(SPREAD_AFTER - 1)
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [98]

    def test_few_units_are_not_spread(self, dynamodb: Any, contest: Callable[[int], None]) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", LOW_STOCK + SHARDS, "request")
        contest(SPREAD_AFTER)
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [LOW_STOCK + SHARDS - 2]

    def test_the_parameter_one_spreads_nothing_and_reads_what_is_spread(
        self, dynamodb: Any, contest: Callable[[int], None]
    ) -> None:
        warehouse = table(dynamodb, shards=1)
        warehouse.set_stock("kettle", 100, "request")
        contest(SPREAD_AFTER)
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [98]
        spread(table(dynamodb))
        reserve(table(dynamodb, shards=1, choose=max), "order-2", kettle=2)
        assert units(dynamodb)[-1] == 98 // 4 - 1 - 2
        assert warehouse.stock("kettle") == Stock("kettle", 96, 4)

    def test_a_conflict_while_it_is_spread_is_no_error(self, dynamodb: Any, contest: Callable[[int], None]) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        contest(SPREAD_AFTER + 1)
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [98]

    def test_a_crowd_that_stays_spreads_it_later(self, dynamodb: Any, contest: Callable[[int], None]) -> None:
        warehouse = table(dynamodb, choose=max)
        warehouse.set_stock("kettle", 100, "request")
        contest(2 * SPREAD_AFTER + 1)  # one of them fails the first spreading
        reserve(warehouse, "order-1", kettle=2)
        assert units(dynamodb) == [31, 23, 23, 21]

    def test_it_is_not_spread_twice(self, dynamodb: Any) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 1_000, "request")
        assert spread(warehouse)
        before = units(dynamodb)
        assert not spread(table(dynamodb))
        assert units(dynamodb) == before

    def test_units_that_staff_add_are_spread_again(self, dynamodb: Any) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        assert spread(warehouse)
        warehouse.set_stock("kettle", 1_000, "request")
        assert spread(warehouse)
        assert sum(units(dynamodb)) == 1_000
        assert min(units(dynamodb)) > 200

    def test_units_that_a_deleted_record_left_in_shards_are_not_sold(self, dynamodb: Any) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        assert spread(warehouse)
        dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "stock#kettle"}})
        fresh = table(dynamodb)
        assert fresh.stock("kettle") is None
        assert fresh.set_stock("kettle", 100, "request") == Stock("kettle", 100, 0)
        assert not spread(fresh)
        assert fresh.stock("kettle") == Stock("kettle", 100, 0)


class TestSpreadStock:
    @pytest.fixture
    def warehouse(self, dynamodb: Any) -> WarehouseTable:
        """100 kettles: 31 in their own item, 23 in each of three shards."""
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        assert spread(warehouse)
        assert units(dynamodb) == [31, 23, 23, 23]
        return warehouse

    def test_buyers_take_from_different_items(self, warehouse: WarehouseTable, dynamodb: Any) -> None:
        for number in range(40):
            reserve(warehouse, f"order-{number}", kettle=1)
        assert [left < full for left, full in zip(units(dynamodb), [31, 23, 23, 23], strict=True)] == [True] * 4
        assert warehouse.stock("kettle") == Stock("kettle", 60, 40)

    @pytest.mark.parametrize("quantity", [1, 3, 7])
    def test_every_unit_is_sold_and_none_twice(self, warehouse: WarehouseTable, dynamodb: Any, quantity: int) -> None:
        """Each buyer knows what another execution environment read."""
        tables = [warehouse, table(dynamodb), table(dynamodb)]
        for number in range(100 // quantity):
            reserve(tables[number % 3], f"order-{number}", kettle=quantity)
        left = 100 % quantity
        with pytest.raises(InsufficientStock) as refused:
            reserve(tables[0], "late", kettle=left + 1)
        assert refused.value.shortages == (Shortage("kettle", left + 1, left),)
        assert warehouse.stock("kettle") == Stock("kettle", left, 100 - left)
        assert sum(units(dynamodb)) == left

    def test_one_order_can_have_all_units(self, warehouse: WarehouseTable) -> None:
        with pytest.raises(InsufficientStock) as refused:
            reserve(warehouse, "order-1", kettle=101)
        assert refused.value.shortages == (Shortage("kettle", 101, 100),)
        reserve(warehouse, "order-1", kettle=100)
        assert warehouse.stock("kettle") == Stock("kettle", 0, 100)

    def test_a_refusal_leaves_the_stock_spread(self, warehouse: WarehouseTable, dynamodb: Any) -> None:
        before = units(dynamodb)
        with pytest.raises(InsufficientStock):
            reserve(table(dynamodb), "order-1", kettle=101)
        assert units(dynamodb) == before

    def test_no_refusal_while_the_snapshot_conflicts(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def conflicting(**_: Any) -> Any:
            raise cancelled(["TransactionConflict"] * SHARDS)

        monkeypatch.setattr(dynamodb, "transact_get_items", conflicting)
        with pytest.raises(TryAgain):
            reserve(table(dynamodb, backoff=Backoff(within=0.1)), "order-1", kettle=101)

    def test_units_that_moved_while_they_were_read_are_found(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The own item is read before the shards are gathered in it, and the shards after it."""
        read, calls = dynamodb.batch_get_item, []

        def interrupted(**request: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                warehouse._sharded.gather("kettle", "request")
            return read(**request)

        monkeypatch.setattr(dynamodb, "batch_get_item", interrupted)
        reserve(table(dynamodb), "order-1", kettle=90)
        assert warehouse.stock("kettle") == Stock("kettle", 10, 90)

    def test_the_journey_of_an_order(self, warehouse: WarehouseTable, dynamodb: Any) -> None:
        other = table(dynamodb, choose=max)  # the last shard
        reserve(other, "order-1", kettle=5)
        assert stored(dynamodb, "order#order-1")["lines"][0]["shards"] == {"3": 5}
        accept(table(dynamodb), "order-1", kettle=5)
        start(table(dynamodb), "order-1")
        table(dynamodb).change("order-1", lambda request, _: domain.pack(request, "order-1", "kettle", 3), "request")
        complete(table(dynamodb), "order-1")
        assert units(dynamodb) == [33, 23, 23, 18]
        assert warehouse.stock("kettle") == Stock("kettle", 97, 0)
        table(dynamodb).change("order-1", lambda request, _: domain.return_package(request), "request")
        assert warehouse.stock("kettle") == Stock("kettle", 100, 0)

    def test_due_reservations_lapse_together(self, warehouse: WarehouseTable, dynamodb: Any) -> None:
        ids = [f"order-{number}" for number in range(60)]
        for order_id in ids:
            reserve(warehouse, order_id, kettle=1)
        assert table(dynamodb).lapse(ids, NOON.replace(hour=13), "request") == 60
        assert warehouse.stock("kettle") == Stock("kettle", 100, 0)

    def test_requests_from_before_the_shards_go_on(self, dynamodb: Any) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("cup", 100, "request")
        for number in range(3):
            accept(warehouse, f"order-{number}", cup=10)
        assert spread(warehouse, "cup")
        start(warehouse, "order-0")
        complete(warehouse, "order-0")
        table(dynamodb).change("order-1", lambda request, _: domain.cancel_deleted(request, NOON), "request")
        assert warehouse.stock("cup") == Stock("cup", 80, 10)


class TestLevels:
    def test_a_spread_product_publishes_each_change_of_level_once(self, dynamodb: Any) -> None:
        tables = [table(dynamodb) for _ in range(3)]
        tables[0].set_stock("kettle", 100, "request")
        assert spread(tables[0])
        published = []
        before = stored(dynamodb, "stock#kettle")["version"]
        for number in range(100):
            reserve(tables[number % 3], f"order-{number}", kettle=1)
            item = stored(dynamodb, "stock#kettle")
            if item["version"] > before:
                published.append((sum(units(dynamodb)), item["news"], detail(item)))
                before = item["version"]
        assert published == [
            (LOW_STOCK, "StockChanged", (LOW_STOCK, "LOW")),
            (0, "StockChanged", (0, "OUT")),
        ]
        tables[0].change("order-3", lambda request, _: domain.cancel_deleted(request, NOON), "request")
        assert detail(stored(dynamodb, "stock#kettle")) == (1, "LOW")

    def test_an_environment_that_knows_of_no_shards_does_not_publish_a_level(self, dynamodb: Any) -> None:
        old, new = table(dynamodb), table(dynamodb)
        old.set_stock("kettle", 100, "request")
        assert spread(new)
        for number in range(10):
            reserve(old, f"order-{number}", kettle=3)
        assert stored(dynamodb, "stock#kettle")["version"] == 1
        assert old.stock("kettle") == Stock("kettle", 70, 30)

    def test_moving_units_publishes_nothing(self, dynamodb: Any) -> None:
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        assert spread(warehouse)
        assert "news" not in stored(dynamodb, "stock#kettle")
        warehouse.set_stock("kettle", 90, "request")
        assert warehouse._sharded.gather("kettle", "request")
        item = stored(dynamodb, "stock#kettle")
        assert {"news", "spread", "elsewhere"}.isdisjoint(item)
        assert units(dynamodb) == [90, 0, 0, 0]


class TestCount:
    @pytest.fixture
    def warehouse(self, dynamodb: Any) -> WarehouseTable:
        """100 kettles, of which 10 are reserved."""
        warehouse = table(dynamodb)
        warehouse.set_stock("kettle", 100, "request")
        assert spread(warehouse)
        for number in range(10):
            reserve(warehouse, f"order-{number}", kettle=1)
        return warehouse

    @pytest.mark.parametrize("on_hand", [10, 13, 60, 100, 5_000])
    def test_staff_set_and_read_one_number(self, warehouse: WarehouseTable, dynamodb: Any, on_hand: int) -> None:
        expected = Stock("kettle", on_hand - 10, 10)
        assert table(dynamodb).set_stock("kettle", on_hand, "request-2") == expected
        assert warehouse.stock("kettle") == expected
        item = stored(dynamodb, "stock#kettle")
        assert (detail(item)[0], item["version"], item["correlationId"]) == (on_hand - 10, 2, "request-2")

    def test_a_count_below_what_is_reserved_is_refused(self, warehouse: WarehouseTable) -> None:
        with pytest.raises(BelowReserved, match="10 are reserved"):
            warehouse.set_stock("kettle", 9, "request")
        assert warehouse.stock("kettle") == Stock("kettle", 90, 10)

    def test_orders_that_come_meanwhile_do_not_matter(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, calls = dynamodb.batch_get_item, []

        def interrupted(**request: Any) -> Any:
            calls.append(1)
            if len(calls) in (1, 2):
                reserve(warehouse, f"late-{len(calls)}", kettle=1)
            return read(**request)

        monkeypatch.setattr(dynamodb, "batch_get_item", interrupted)
        assert table(dynamodb).set_stock("kettle", 120, "request").on_hand == 120
        assert len(calls) == 2, "no third reading"
        assert warehouse.stock("kettle") == Stock("kettle", 108, 12)

    def test_units_that_are_bought_while_they_are_gathered_are_not_doubled(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, interruptions = dynamodb.batch_get_item, iter([lambda: _take_from_a_shard(dynamodb)])

        def interrupted(**request: Any) -> Any:
            found = read(**request)
            next(interruptions, lambda: None)()
            return found

        monkeypatch.setattr(dynamodb, "batch_get_item", interrupted)
        before = sum(units(dynamodb))
        assert not table(dynamodb)._sharded.gather("kettle", "request")
        assert sum(units(dynamodb)) == before - 1
        assert table(dynamodb)._sharded.gather("kettle", "request")
        assert units(dynamodb) == [before - 1, 0, 0, 0]

    def test_a_package_that_leaves_meanwhile_is_seen(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, calls = dynamodb.batch_get_item, []
        accept(warehouse, "order-1", kettle=1)
        start(warehouse, "order-1")

        def interrupted(**request: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                complete(warehouse, "order-1")
            return read(**request)

        monkeypatch.setattr(dynamodb, "batch_get_item", interrupted)
        assert table(dynamodb).set_stock("kettle", 50, "request") == Stock("kettle", 41, 9)

    def test_another_count_meanwhile_is_counted_over(
        self, warehouse: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write, calls = dynamodb.update_item, []

        def interrupted(**request: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:  # the first finds the shards
                table(dynamodb).set_stock("kettle", 70, "request")
            return write(**request)

        monkeypatch.setattr(dynamodb, "update_item", interrupted)
        assert table(dynamodb).set_stock("kettle", 50, "request") == Stock("kettle", 40, 10)
        assert warehouse.stock("kettle") == Stock("kettle", 40, 10)


def detail(item: dict[str, Any], low_stock: int = LOW_STOCK) -> tuple[int, str]:
    """What the event of this item tells."""
    change = read_change(stream_record({"id": item["id"]}, None, item), SOURCE)
    (event,) = events_of(change, low_stock)
    told: Any = event.document()["detail"]
    return told["available"], told["level"]
