"""Units of a return become available again: once, under repeats, concurrency and lost answers."""

import json
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import Table
from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext, rest_event
from ecom_testkit.throttling import FAILURES, FailingClient
from warehouse.tests.builders import LOW_STOCK, NOON, reserve
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import bootstrap
from warehouse_service.handlers import rest_restock
from warehouse_service.repository import WarehouseTable
from warehouse_service.restocking import Restocking
from warehouse_service.stock import Stock


@pytest.fixture
def warehouse(dynamodb: Any) -> WarehouseTable:
    return WarehouseTable(dynamodb, TABLE, LOW_STOCK)


@pytest.fixture
def restocking(dynamodb: Any) -> Restocking:
    return Restocking(Table(dynamodb, TABLE), LOW_STOCK)


def row(dynamodb: Any, key: str) -> dict[str, Any] | None:
    return Table(dynamodb, TABLE).get({"id": key})


def test_units_become_available_once(warehouse: WarehouseTable, restocking: Restocking) -> None:
    warehouse.set_stock("kettle", 20, "request")
    reserve(warehouse, "order-1", kettle=3)
    for _ in range(5):
        restocking.restock("return-1", {"kettle": 2}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=19, reserved=3)
    restocking.restock("return-2", {"kettle": 2}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=21, reserved=3)


def test_the_same_return_with_other_lines_changes_nothing(warehouse: WarehouseTable, restocking: Restocking) -> None:
    warehouse.set_stock("kettle", 20, "request")
    restocking.restock("return-1", {"kettle": 2}, NOON, "request")
    restocking.restock("return-1", {"kettle": 5}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=22, reserved=0)


def test_only_tracked_products_change(dynamodb: Any, warehouse: WarehouseTable, restocking: Restocking) -> None:
    warehouse.set_stock("kettle", 20, "request")
    restocking.restock("return-1", {"kettle": 1, "cup": 4}, NOON, "request")
    restocking.restock("return-2", {"cup": 4}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=21, reserved=0)
    assert warehouse.stock("cup") is None
    assert row(dynamodb, "return#return-1") == {
        "id": "return#return-1",
        "units": {"kettle": 1},
        "restockedDate": "2026-03-01T12:00:00.000Z",
    }


def test_a_product_that_staff_count_later_keeps_their_count(warehouse: WarehouseTable, restocking: Restocking) -> None:
    restocking.restock("return-1", {"cup": 4}, NOON, "request")
    warehouse.set_stock("cup", 9, "request")
    restocking.restock("return-1", {"cup": 4}, NOON, "request")
    assert warehouse.stock("cup") == Stock("cup", available=9, reserved=0)


def test_a_sold_out_product_publishes_its_new_level(
    dynamodb: Any, warehouse: WarehouseTable, restocking: Restocking
) -> None:
    warehouse.set_stock("kettle", 0, "request")
    restocking.restock("return-1", {"kettle": 1}, NOON, "request-7")
    stored = row(dynamodb, "stock#kettle")
    assert stored
    assert (stored["news"], stored["version"], stored["correlationId"]) == ("StockChanged", 2, "request-7")
    restocking.restock("return-2", {"kettle": 1}, NOON, "request-8")
    assert "news" not in (row(dynamodb, "stock#kettle") or {})


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("succeed", [0, 1])
def test_a_busy_table_changes_nothing(
    dynamodb: Any, warehouse: WarehouseTable, failure: tuple[str, int], succeed: int
) -> None:
    warehouse.set_stock("kettle", 20, "request")
    client: Any = FailingClient(*failure, dynamodb, succeed)
    backoff = Backoff(max_attempts=3, sleep=lambda _: None)
    with pytest.raises(TryAgain):
        Restocking(Table(client, TABLE), LOW_STOCK, backoff).restock("return-1", {"kettle": 2}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=20, reserved=0)


@pytest.mark.parametrize("product_id", ["kettle", "cup"])
def test_a_write_whose_answer_was_lost_is_recognised(
    dynamodb: Any, warehouse: WarehouseTable, restocking: Restocking, monkeypatch: pytest.MonkeyPatch, product_id: str
) -> None:
    warehouse.set_stock("kettle", 20, "request")
    name = "transact_write_items" if product_id == "kettle" else "put_item"
    write = getattr(dynamodb, name)

    def sent_twice(**request: Any) -> Any:
        write(**request)
        return write(**request)

    monkeypatch.setattr(dynamodb, name, sent_twice)
    restocking.restock("return-1", {product_id: 2}, NOON, "request")
    assert warehouse.stock("kettle") == Stock("kettle", available=22 if product_id == "kettle" else 20, reserved=0)


class TestTheHandler:
    @pytest.fixture(autouse=True)
    def restocking_of_moto(self, restocking: Restocking, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "restocking", lambda: restocking)

    def answer(self, body: Any) -> tuple[int, dict[str, Any]]:
        response = rest_restock.handler(rest_event("POST", "/backend/restock", body), LambdaContext())
        return response["statusCode"], json.loads(response["body"])

    def test_lines_of_a_product_add_up(self, warehouse: WarehouseTable) -> None:
        warehouse.set_stock("kettle", 20, "request")
        line = {"productId": "kettle", "quantity": 2}
        assert self.answer({"returnId": "return-1", "lines": [line, line]}) == (200, {"ok": True})
        assert warehouse.stock("kettle") == Stock("kettle", available=24, reserved=0)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"lines": [{"productId": "kettle", "quantity": 1}]}, "returnId"),
            ({"returnId": "return-1"}, "lines"),
            ({"returnId": "return-1", "lines": []}, "lines"),
            ({"returnId": "return-1", "lines": [{"productId": "kettle", "quantity": 0}]}, "lines[0].quantity"),
            ({"returnId": "return-1", "lines": [{"productId": "kettle", "quantity": 1, "x": 1}]}, "lines[0]"),
        ],
    )
    def test_a_malformed_request_is_refused(self, body: dict[str, Any], words: str) -> None:
        status, answered = self.answer(body)
        assert status == 400
        assert words in answered["message"]
