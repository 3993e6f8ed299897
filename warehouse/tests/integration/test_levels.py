"""The levels of products, on the table: consistent, in one request, and of spread products too."""

import json
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import Table, TableBusy
from ecom_testkit.lambda_events import LambdaContext, field_event, rest_event
from ecom_testkit.throttling import FAILURES, FailingClient
from warehouse.tests.builders import LOW_STOCK, reserve
from warehouse.tests.integration.conftest import TABLE
from warehouse_service import bootstrap
from warehouse_service.handlers import graphql_get_availability, rest_get_levels
from warehouse_service.levels import Levels
from warehouse_service.repository import WarehouseTable
from warehouse_service.stock import Availability

IDS = [f"product-{number}" for number in range(50)]
NO_WAIT = Backoff(max_attempts=3, sleep=lambda _: None)


@pytest.fixture
def warehouse(dynamodb: Any) -> WarehouseTable:
    return WarehouseTable(dynamodb, TABLE, LOW_STOCK, shards=4)


@pytest.fixture
def levels(dynamodb: Any) -> Levels:
    return Levels(Table(dynamodb, TABLE), LOW_STOCK)


def level_of(levels: Levels, product_id: str = "kettle") -> tuple[str, int | None]:
    (found,) = levels.of([product_id])
    return found.level, found.version


@pytest.mark.parametrize(("units", "level"), [(0, "OUT"), (1, "LOW"), (LOW_STOCK, "LOW"), (LOW_STOCK + 1, "IN")])
def test_the_level_is_that_of_the_available_units(
    warehouse: WarehouseTable, levels: Levels, units: int, level: str
) -> None:
    warehouse.set_stock("kettle", units + 3, "request")
    reserve(warehouse, "order-1", kettle=3)
    assert level_of(levels)[0] == level


def test_products_keep_their_order_and_repeats_are_left_out(warehouse: WarehouseTable, dynamodb: Any) -> None:
    client: Any = Recorder(dynamodb)
    levels = Levels(Table(client, TABLE), LOW_STOCK)
    warehouse.set_stock("kettle", 9, "request")
    warehouse.set_stock("cup", 0, "request")
    asked = ["cup", "nobody-counts", "kettle", "cup", "", "\ud800", "x" * 3_000, "kettle"]
    assert levels.of(asked) == [
        Availability("cup", "OUT", 1),
        Availability("nobody-counts", "IN"),
        Availability("kettle", "IN", 1),
        Availability("", "IN"),
        Availability("\ud800", "IN"),
        Availability("x" * 3_000, "IN"),
    ]
    # DynamoDB refuses the whole request for a key that no item can have.
    (request,) = client.requests
    assert [each["id"]["S"] for each in request["Keys"]] == ["stock#cup", "stock#nobody-counts", "stock#kettle"]


def test_the_version_rises_with_each_published_change_only(warehouse: WarehouseTable, levels: Levels) -> None:
    warehouse.set_stock("kettle", LOW_STOCK + 2, "request")
    assert level_of(levels) == ("IN", 1)
    reserve(warehouse, "order-1", kettle=1)
    assert level_of(levels) == ("IN", 1)
    reserve(warehouse, "order-2", kettle=1)
    assert level_of(levels) == ("LOW", 2)
    reserve(warehouse, "order-3", kettle=LOW_STOCK)
    assert level_of(levels) == ("OUT", 3)
    warehouse.set_stock("kettle", 100, "request")
    assert level_of(levels) == ("IN", 4)


def test_a_spread_product_has_the_level_of_all_its_units(warehouse: WarehouseTable, levels: Levels) -> None:
    warehouse.set_stock("kettle", 60, "request")
    assert warehouse._sharded.spread("kettle")
    for number in range(60 - LOW_STOCK - 1):
        reserve(warehouse, f"order-{number}", kettle=1)
        assert level_of(levels)[0] == "IN"
    reserve(warehouse, "the next", kettle=1)
    assert level_of(levels)[0] == "LOW"
    reserve(warehouse, "the last ones", kettle=LOW_STOCK)
    assert level_of(levels)[0] == "OUT"


def test_a_spread_product_is_not_low_after_low_stock_was_raised(warehouse: WarehouseTable, dynamodb: Any) -> None:
    warehouse.set_stock("kettle", 160, "request")
    assert warehouse._sharded.spread("kettle")
    own = warehouse._known.read(["kettle"])["kettle"]
    assert own
    assert own.main < 50, "its own item alone would be LOW"
    assert level_of(Levels(Table(dynamodb, TABLE), 50)) == ("IN", 1)


class Recorder:
    """A DynamoDB client that records its reads, and leaves keys of the first ones unprocessed."""

    def __init__(self, client: Any, busy: int = 0) -> None:
        self._client, self._busy = client, busy
        self.requests: list[Any] = []

    def batch_get_item(self, **request: Any) -> Any:
        self.requests.append(request["RequestItems"][TABLE])
        answer = self._client.batch_get_item(**request)
        if len(self.requests) > self._busy:
            return answer
        wanted = request["RequestItems"][TABLE]["Keys"]
        left = wanted[: max(1, len(wanted) // 2)]
        found = [item for item in answer["Responses"][TABLE] if {"id": item["id"]} not in left]
        return {"Responses": {TABLE: found}, "UnprocessedKeys": {TABLE: {"Keys": left}}}


def test_fifty_products_are_one_consistent_request_however_many_shards_they_have(
    warehouse: WarehouseTable, dynamodb: Any
) -> None:
    for product_id in IDS[:10]:
        warehouse.set_stock(product_id, 100, "request")
        assert warehouse._sharded.spread(product_id)
    client: Any = Recorder(dynamodb)
    assert len(Levels(Table(client, TABLE), LOW_STOCK).of(IDS)) == 50
    (request,) = client.requests
    assert (len(request["Keys"]), request["ConsistentRead"]) == (50, True)


def test_keys_that_dynamodb_leaves_are_read_again(warehouse: WarehouseTable, dynamodb: Any) -> None:
    for product_id in IDS:
        warehouse.set_stock(product_id, 0, "request")
    client: Any = Recorder(dynamodb, busy=2)
    found = Levels(Table(client, TABLE), LOW_STOCK, NO_WAIT).of(IDS)
    assert found == [Availability(product_id, "OUT", 1) for product_id in IDS]
    assert [len(each["Keys"]) for each in client.requests] == [50, 25, 12]
    with pytest.raises(TableBusy):
        Levels(Table(Recorder(dynamodb, busy=3), TABLE), LOW_STOCK, NO_WAIT).of(IDS)  # type: ignore[arg-type]


class TestTheHandlers:
    @pytest.fixture(autouse=True)
    def levels_of_moto(self, levels: Levels, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "levels", lambda: levels)

    def query(self, product_ids: Any) -> Any:
        return graphql_get_availability.handler(
            field_event("getAvailability", {"productIds": product_ids}), LambdaContext()
        )

    def post(self, body: Any) -> tuple[int, Any]:
        answer = rest_get_levels.handler(rest_event("POST", "/backend/levels", body), LambdaContext())
        return answer["statusCode"], json.loads(answer["body"])

    def test_both_answer_levels_and_versions_and_no_numbers(self, warehouse: WarehouseTable) -> None:
        warehouse.set_stock("kettle", 3, "request")
        expected = [
            {"productId": "cup", "level": "IN", "version": None},
            {"productId": "kettle", "level": "LOW", "version": 1},
        ]
        assert self.query(["cup", "kettle", "cup"]) == expected
        assert self.post({"productIds": ["cup", "kettle", "cup"]}) == (200, {"levels": expected})

    @pytest.mark.parametrize("given", [None, [], "kettle", ["kettle"] * 51, ["kettle", 5], ["kettle", None]])
    def test_one_to_fifty_ids(self, given: Any) -> None:
        refused = self.query(given)
        assert refused["error"]["type"] == "INVALID_INPUT"
        status, answer = self.post({"productIds": given})
        assert status == 400
        assert "productIds" in refused["error"]["message"]
        assert "productIds" in answer["message"]
        assert len(self.query(IDS)) == 50

    def test_no_other_fields(self) -> None:
        status, answer = self.post({"productIds": ["kettle"], "shards": True})
        assert (status, "shards" in answer["message"]) == (400, True)

    def test_a_busy_table_is_try_again(self, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for failure in FAILURES:
            client: Any = FailingClient(*failure, dynamodb)
            busy = Levels(Table(client, TABLE), LOW_STOCK, NO_WAIT)
            monkeypatch.setattr(bootstrap, "levels", lambda busy=busy: busy)
            assert self.query(["kettle"])["error"]["type"] == "TRY_AGAIN"
            assert self.post({"productIds": ["kettle"]})[0] == 503
