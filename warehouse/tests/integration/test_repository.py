"""The table, with moto."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom.backoff import Backoff
from ecom.dynamo import plain
from ecom.errors import TryAgain
from ecom.status_index import partitions
from warehouse.tests.builders import LIFETIME, LOW_STOCK, NOON, accept, complete, reserve, start
from warehouse.tests.contract import WarehouseContract
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import domain
from warehouse_service.domain import Request, Status
from warehouse_service.errors import InsufficientStock, PackagingStarted
from warehouse_service.repository import Warehouse, WarehouseTable
from warehouse_service.stock import Stock, UnitsByProduct


class TestWarehouseTable(WarehouseContract):
    @pytest.fixture
    def warehouse(self, dynamodb: Any) -> Warehouse:
        return WarehouseTable(dynamodb, TABLE, LOW_STOCK)

    def test_only_a_change_of_level_is_published(self, warehouse: Warehouse, dynamodb: Any) -> None:
        warehouse.set_stock("kettle", 10, "request-1")
        written = []
        for number, quantity in enumerate((1, 2, 3, 1, 3)):  # 9, 7, 4: LOW, 3, 0: OUT
            reserve(warehouse, f"order-{number}", kettle=quantity)
            item = stored(dynamodb, "stock#kettle")
            written.append((item["available"], item.get("news"), item["version"]))
        event = "StockChanged"
        assert written == [(9, None, 1), (7, None, 1), (4, event, 2), (3, None, 2), (0, event, 3)]
        warehouse.change("order-4", lambda request, _: domain.cancel_deleted(request, NOON), "request-9")
        item = stored(dynamodb, "stock#kettle")
        assert (item["available"], item["news"], item["correlationId"]) == (3, event, "request-9")

    def test_only_listed_requests_are_in_the_index(self, warehouse: Warehouse, dynamodb: Any) -> None:
        reserve(warehouse, "order-1", kettle=1)
        assert stored(dynamodb, "order#order-1")["queue"] in partitions("HELD")
        accept(warehouse, "order-1", kettle=1)
        assert stored(dynamodb, "order#order-1")["queue"] in partitions("NEW")
        start(warehouse, "order-1")
        assert stored(dynamodb, "order#order-1")["queue"] in partitions("IN_PROGRESS")
        complete(warehouse, "order-1")
        assert "queue" not in stored(dynamodb, "order#order-1")

    def test_versions_count_published_changes(self, warehouse: Warehouse, dynamodb: Any) -> None:
        accept(warehouse, "order-1", kettle=1)
        start(warehouse, "order-1")
        assert stored(dynamodb, "order#order-1")["version"] == 0
        complete(warehouse, "order-1")
        item = stored(dynamodb, "order#order-1")
        assert (item["version"], item["news"], item["etag"], item["correlationId"]) == (
            1,
            "PackageCreated",
            3,
            "request-4",
        )


class TestConcurrency:
    """Two execution environments, each with the stock that it saw last."""

    @pytest.fixture
    def one(self, dynamodb: Any) -> WarehouseTable:
        return WarehouseTable(dynamodb, TABLE, LOW_STOCK)

    @pytest.fixture
    def other(self, dynamodb: Any) -> WarehouseTable:
        return WarehouseTable(dynamodb, TABLE, LOW_STOCK)

    def test_remembered_stock_never_decides(self, one: WarehouseTable, other: WarehouseTable) -> None:
        one.set_stock("kettle", 3, "request-1")
        reserve(other, "order-1", kettle=3)
        with pytest.raises(InsufficientStock):
            reserve(one, "order-2", kettle=1)  # remembers three
        other.set_stock("kettle", 4, "request-1")
        reserve(one, "order-2", kettle=1)  # remembers none
        assert one.stock("kettle") == Stock("kettle", 0, 4)

    def test_a_change_of_level_is_published_whatever_is_remembered(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any
    ) -> None:
        one.set_stock("kettle", LOW_STOCK - 1, "request-1")  # remembers LOW
        other.set_stock("kettle", LOW_STOCK + 1, "request-1")  # is IN
        reserve(one, "order-1", kettle=1)
        item = stored(dynamodb, "stock#kettle")
        assert (item["available"], item.get("news"), item["version"]) == (LOW_STOCK, "StockChanged", 3)

    def test_a_product_that_becomes_tracked_or_untracked_is_noticed(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any
    ) -> None:
        reserve(one, "order-1", kettle=1)
        other.set_stock("kettle", 1, "request-1")
        assert [line.tracked for line in reserve(one, "order-2", kettle=1).lines] == [True]
        dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "stock#kettle"}})
        assert [line.tracked for line in reserve(one, "order-3", kettle=1).lines] == [False]
        one.change("order-2", lambda request, _: domain.cancel_deleted(request, NOON), "request-2")
        assert one.stock("kettle") is None

    def test_a_concurrent_change_of_the_request_leads_to_a_new_decision(
        self, one: WarehouseTable, other: WarehouseTable
    ) -> None:
        accept(one, "order-1", kettle=1)
        decided: list[Status] = []

        def cancel(request: Request | None, _available: UnitsByProduct) -> Request | None:
            if request and not decided:
                start(other, "order-1")
            decided.append(request.status if request else Status.LAPSED)
            return domain.cancel(request, "order-1", NOON)

        with pytest.raises(PackagingStarted):
            one.change("order-1", cancel, "request-1")
        assert decided == [Status.NEW, Status.IN_PROGRESS, Status.IN_PROGRESS]

    def test_a_conflict_is_retried_for_a_limited_time(
        self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one.set_stock("kettle", 3, "request-1")
        write, conflicts = dynamodb.transact_write_items, [3]

        def contested(**request: Any) -> Any:
            if conflicts[0]:
                conflicts[0] -= 1
                raise cancelled(["None"] + ["TransactionConflict"] * (len(request["TransactItems"]) - 1))
            return write(**request)

        monkeypatch.setattr(dynamodb, "transact_write_items", contested)
        reserve(one, "order-1", kettle=1)
        assert one.stock("kettle") == Stock("kettle", 2, 1)
        conflicts[0] = 10_000
        short = WarehouseTable(dynamodb, TABLE, LOW_STOCK, Backoff(within=0.1))
        with pytest.raises(TryAgain):
            reserve(short, "order-2", kettle=1)

    def test_after_a_conflict_the_table_is_read_before_the_next_attempt(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one.set_stock("kettle", 1, "request-1")
        write, attempts = dynamodb.transact_write_items, [0]

        def contested(**request: Any) -> Any:
            attempts[0] += 1
            if attempts[0] == 1:
                reserve(other, "order-1", kettle=1)
                raise cancelled(["None", "TransactionConflict"])
            return write(**request)

        monkeypatch.setattr(dynamodb, "transact_write_items", contested)
        with pytest.raises(InsufficientStock):
            reserve(one, "order-2", kettle=1)
        assert attempts[0] == 2, "one of each order: no second attempt of the order that lost"

    def test_a_conflict_of_a_single_write_is_retried(
        self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        conflict = ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem")
        for name in ("update_item", "put_item"):
            monkeypatch.setattr(dynamodb, name, fails_once(getattr(dynamodb, name), conflict))
        assert one.set_stock("kettle", 3, "request-1") == Stock("kettle", 3, 0)
        assert reserve(one, "order-1", cup=1).status is Status.HELD
        assert stored(dynamodb, "order#order-1")["status"] == "HELD"

    def test_reservations_of_a_scarce_product_lapse_also_where_its_stock_was_never_read(
        self, one: WarehouseTable, other: WarehouseTable
    ) -> None:
        one.set_stock("kettle", 3, "request-1")
        for order_id in ("order-1", "order-2"):
            reserve(one, order_id, kettle=1)
        assert other.lapse(["order-1", "order-2"], NOON + LIFETIME, "request-9") == 2
        assert one.stock("kettle") == Stock("kettle", 3, 0)

    def test_a_reservation_that_its_order_takes_at_this_moment_does_not_lapse(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one.set_stock("kettle", 3, "request-1")
        reserve(one, "order-1", kettle=1)
        write, late = dynamodb.transact_write_items, [True]

        def after_the_order(**request: Any) -> Any:
            if late:
                late.clear()
                accept(other, "order-1", kettle=1)
            return write(**request)

        monkeypatch.setattr(dynamodb, "transact_write_items", after_the_order)
        assert one.lapse(["order-1"], NOON + LIFETIME, "request-9") == 0
        assert not late
        assert one.stock("kettle") == Stock("kettle", 2, 1)
        found = one.request("order-1")
        assert found
        assert found.status is Status.NEW

    @pytest.mark.parametrize("name", ["put_item", "transact_write_items"])
    def test_a_write_whose_answer_was_lost_is_recognised(
        self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        if name == "transact_write_items":
            one.set_stock("kettle", 3, "request-1")
        accept(one, "order-1", kettle=1)
        start(one, "order-1")
        write = getattr(dynamodb, name)

        def sent_twice(**request: Any) -> Any:
            write(**request)
            return write(**request)

        monkeypatch.setattr(dynamodb, name, sent_twice)
        done = complete(one, "order-1")
        assert done
        assert (done.status, stored(dynamodb, "order#order-1")["version"]) == (Status.COMPLETED, 1)

    def test_unprocessed_keys_are_read_again(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other.set_stock("kettle", 3, "request-1")
        read, requests = dynamodb.batch_get_item, []

        def overloaded(**request: Any) -> Any:
            requests.append(request)
            if len(requests) == 1:
                return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
            return read(**request)

        monkeypatch.setattr(dynamodb, "batch_get_item", overloaded)
        assert [line.tracked for line in reserve(one, "order-1", kettle=1).lines] == [True]
        assert len(requests) == 2

    def test_stock_that_stays_unprocessed_is_try_again(self, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def overloaded(**request: Any) -> Any:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

        monkeypatch.setattr(dynamodb, "batch_get_item", overloaded)
        table = WarehouseTable(dynamodb, TABLE, LOW_STOCK, Backoff(sleep=lambda _: None))
        with pytest.raises(TryAgain):
            reserve(table, "order-1", kettle=1)
        assert table.request("order-1") is None

    def test_units_that_a_concurrent_call_reserves_for_the_same_order_are_no_shortage(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The concurrent call writes between the two reads of this one, which remembers no available units."""
        one.set_stock("kettle", 0, "request-1")
        other.set_stock("kettle", 1, "request-1")
        reads: list[str] = []

        def interrupted(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
            def call(**request: Any) -> Any:
                reads.append(name)
                answer = read(**request)
                if len(reads) == 1:
                    reserve(other, "order-1", kettle=1)
                return answer

            return call

        for name in ("get_item", "batch_get_item"):
            monkeypatch.setattr(dynamodb, name, interrupted(name, getattr(dynamodb, name)))
        assert reserve(one, "order-1", kettle=1).status is Status.HELD
        assert reads == ["batch_get_item", "get_item"]
        assert one.stock("kettle") == Stock("kettle", 0, 1)

    def test_reserved_units_never_become_negative(self, dynamodb: Any) -> None:
        table = WarehouseTable(dynamodb, TABLE, LOW_STOCK, Backoff(within=0.1))
        table.set_stock("kettle", 3, "request-1")
        reserve(table, "order-1", kettle=2)
        written_manually = {"id": {"S": "stock#kettle"}, "available": {"N": "1"}, "reserved": {"N": "1"}}
        dynamodb.put_item(TableName=TABLE, Item=written_manually)
        with pytest.raises(TryAgain):
            table.change("order-1", lambda request, _: domain.cancel_deleted(request, NOON), "request-2")
        assert table.stock("kettle") == Stock("kettle", 1, 1)

    def test_any_other_error_escapes(self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "PutItem")
        monkeypatch.setattr(dynamodb, "put_item", fails_once(dynamodb.put_item, denied))
        with pytest.raises(ClientError):
            reserve(one, "order-1", cup=1)


def cancelled(codes: list[str]) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")


def fails_once(call: Callable[..., Any], failure: Exception) -> Callable[..., Any]:
    failures = [failure]

    def failing(**request: Any) -> Any:
        if failures:
            raise failures.pop()
        return call(**request)

    return failing


def stored(dynamodb: Any, key: str) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key}})["Item"])
