"""The table, on moto."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom.dynamo import plain
from ecom.errors import TryAgain
from warehouse.tests.builders import LOW, NOON, accept, complete, reserve, start
from warehouse.tests.contract import WarehouseContract
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import domain
from warehouse_service.domain import Request, Shelves, Status
from warehouse_service.errors import NotEnough, PackagingStarted
from warehouse_service.patience import Patience
from warehouse_service.repository import Warehouse, WarehouseTable
from warehouse_service.stock import Stock


class TestWarehouseTable(WarehouseContract):
    @pytest.fixture
    def warehouse(self, dynamodb: Any) -> Warehouse:
        return WarehouseTable(dynamodb, TABLE, LOW)

    def test_a_change_of_level_is_noted_and_no_other(self, warehouse: Warehouse, dynamodb: Any) -> None:
        warehouse.set_stock("kettle", 10, "request-1")
        told = []
        for number, quantity in enumerate((1, 2, 3, 1, 3)):  # 9, 7, 4: LOW, 3, 0: OUT
            reserve(warehouse, f"order-{number}", kettle=quantity)
            item = stored(dynamodb, "stock#kettle")
            told.append((item["available"], item.get("news"), item["version"]))
        news = "StockChanged"
        assert told == [(9, None, 1), (7, None, 1), (4, news, 2), (3, None, 2), (0, news, 3)]
        warehouse.change("order-4", lambda request, _: domain.withdraw(request, NOON), "request-9")
        item = stored(dynamodb, "stock#kettle")
        assert (item["available"], item["news"], item["correlationId"]) == (3, news, "request-9")

    def test_only_what_waits_is_in_the_index(self, warehouse: Warehouse, dynamodb: Any) -> None:
        reserve(warehouse, "order-1", kettle=1)
        assert stored(dynamodb, "order#order-1")["queue"] == "HELD"
        accept(warehouse, "order-1", kettle=1)
        assert stored(dynamodb, "order#order-1")["queue"] == "NEW"
        start(warehouse, "order-1")
        assert "queue" not in stored(dynamodb, "order#order-1")

    def test_versions_count_what_is_announced(self, warehouse: Warehouse, dynamodb: Any) -> None:
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


class TestOthersAreFaster:
    """Two containers, each remembering what it saw last."""

    @pytest.fixture
    def one(self, dynamodb: Any) -> WarehouseTable:
        return WarehouseTable(dynamodb, TABLE, LOW)

    @pytest.fixture
    def other(self, dynamodb: Any) -> WarehouseTable:
        return WarehouseTable(dynamodb, TABLE, LOW)

    def test_what_is_remembered_is_never_believed(self, one: WarehouseTable, other: WarehouseTable) -> None:
        one.set_stock("kettle", 3, "request-1")
        reserve(other, "order-1", kettle=3)
        with pytest.raises(NotEnough):
            reserve(one, "order-2", kettle=1)  # remembers three
        other.set_stock("kettle", 4, "request-1")
        reserve(one, "order-2", kettle=1)  # remembers none
        assert one.stock("kettle") == Stock("kettle", 0, 4)

    def test_a_level_that_is_crossed_is_announced_whatever_is_remembered(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any
    ) -> None:
        one.set_stock("kettle", LOW - 1, "request-1")  # remembers LOW
        other.set_stock("kettle", LOW + 1, "request-1")  # is IN
        reserve(one, "order-1", kettle=1)
        item = stored(dynamodb, "stock#kettle")
        assert (item["available"], item.get("news"), item["version"]) == (LOW, "StockChanged", 3)

    def test_what_becomes_counted_or_uncounted_is_noticed(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any
    ) -> None:
        reserve(one, "order-1", kettle=1)
        other.set_stock("kettle", 1, "request-1")
        assert [line.tracked for line in reserve(one, "order-2", kettle=1).lines] == [True]
        dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": "stock#kettle"}})
        assert [line.tracked for line in reserve(one, "order-3", kettle=1).lines] == [False]
        one.change("order-2", lambda request, _: domain.withdraw(request, NOON), "request-2")
        assert one.stock("kettle") is None

    def test_a_decision_is_made_anew_when_the_request_changed_meanwhile(
        self, one: WarehouseTable, other: WarehouseTable
    ) -> None:
        accept(one, "order-1", kettle=1)
        decided: list[Status] = []

        def cancel(request: Request | None, _shelves: Shelves) -> Request | None:
            if request and not decided:
                start(other, "order-1")
            decided.append(request.status if request else Status.LAPSED)
            return domain.cancel(request, "order-1", NOON)

        with pytest.raises(PackagingStarted):
            one.change("order-1", cancel, "request-1")
        assert decided == [Status.NEW, Status.IN_PROGRESS, Status.IN_PROGRESS]

    def test_a_conflict_is_tried_again_and_given_up_in_time(
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
        impatient = WarehouseTable(dynamodb, TABLE, LOW, Patience(within=0.1))
        with pytest.raises(TryAgain):
            reserve(impatient, "order-2", kettle=1)

    def test_what_lost_a_conflict_looks_before_it_tries_again(
        self, one: WarehouseTable, other: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one.set_stock("kettle", 1, "request-1")
        write, tries = dynamodb.transact_write_items, [0]

        def contested(**request: Any) -> Any:
            tries[0] += 1
            if tries[0] == 1:
                reserve(other, "order-1", kettle=1)
                raise cancelled(["None", "TransactionConflict"])
            return write(**request)

        monkeypatch.setattr(dynamodb, "transact_write_items", contested)
        with pytest.raises(NotEnough):
            reserve(one, "order-2", kettle=1)
        assert tries[0] == 2, "one of each order: the loser made no hopeless try"

    def test_a_conflict_with_a_single_write_is_tried_again_too(
        self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        conflict = ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem")
        for name in ("update_item", "put_item"):
            monkeypatch.setattr(dynamodb, name, fails_once(getattr(dynamodb, name), conflict))
        assert one.set_stock("kettle", 3, "request-1") == Stock("kettle", 3, 0)
        assert reserve(one, "order-1", cup=1).status is Status.HELD

    @pytest.mark.parametrize("name", ["put_item", "transact_write_items"])
    def test_a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses(
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

    def test_any_other_failure_escapes(
        self, one: WarehouseTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
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
    waiting = [failure]

    def failing(**request: Any) -> Any:
        if waiting:
            raise waiting.pop()
        return call(**request)

    return failing


def stored(dynamodb: Any, key: str) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key}})["Item"])
