"""The tables, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ecom.dynamo import plain, typed
from ecom.errors import TryAgain
from orders.tests.builders import by_hand, order
from orders.tests.contract import OrdersContract, packaged
from orders_service.domain import CANCELLED, Order
from orders_service.errors import StaleFact
from orders_service.repository import TRIES, Orders, OrdersTable
from tools.project.services import read_template

TABLE, TOKENS = "orders", "payment-tokens"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        for name, resource in ((TABLE, "Table"), (TOKENS, "PaymentTokens")):
            properties = RESOURCES[resource]["Properties"]
            client.create_table(TableName=name, **{key: properties[key] for key in taken if key in properties})
        yield client


@pytest.fixture
def table(dynamodb: Any) -> OrdersTable:
    return OrdersTable(dynamodb, TABLE, TOKENS, pause=lambda attempt: None)


class TestOrdersTable(OrdersContract):
    @pytest.fixture
    def orders(self, table: OrdersTable) -> Orders:
        return table

    @pytest.fixture(autouse=True)
    def _client(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb

    def put(self, orders: Orders, item: Order) -> None:
        self.dynamodb.put_item(TableName=TABLE, Item=typed(item))


def stored(dynamodb: Any) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=TABLE, Key={"orderId": {"S": order()["orderId"]}})["Item"])


def test_the_payment_token_is_in_no_other_table(table: OrdersTable, dynamodb: Any) -> None:
    table.place(order())
    (row,) = dynamodb.scan(TableName=TOKENS)["Items"]
    assert order()["paymentToken"] not in str(row)


def test_an_order_deleted_by_hand_may_be_placed_again_with_its_own_token(table: OrdersTable, dynamodb: Any) -> None:
    table.place(order())
    dynamodb.delete_item(TableName=TABLE, Key={"orderId": {"S": order()["orderId"]}})
    assert table.place(order()) == order()


class Meddling:
    """Decides, and has somebody write in between, the first time."""

    def __init__(self, write: Any) -> None:
        self.write = write
        self.seen: list[str] = []

    def __call__(self, current: Order) -> Order:
        self.seen.append(current["status"])
        if len(self.seen) == 1:
            self.write()
        return packaged(current)


def test_who_loses_the_race_decides_again_on_what_stands(table: OrdersTable, dynamodb: Any) -> None:
    table.place(order())
    paid = Meddling(lambda: table.change(order()["orderId"], lambda now: {**now, "paymentStatus": "CAPTURED"}, "e-1"))
    changed = table.change(order()["orderId"], paid, "event-2")
    assert changed is not None
    assert (changed["status"], changed["paymentStatus"], changed["version"]) == ("PACKAGED", "CAPTURED", 3)
    assert stored(dynamodb) == changed


def test_a_move_is_legal_from_what_stands_at_the_write(table: OrdersTable, dynamodb: Any) -> None:
    """An order that was cancelled meanwhile is not packaged, whoever cancelled it and with whatever tool."""
    table.place(order())

    def by_a_console() -> None:
        dynamodb.put_item(TableName=TABLE, Item=typed({**order(), "status": CANCELLED}))

    meddling = Meddling(by_a_console)
    with pytest.raises(StaleFact):
        table.change(order()["orderId"], meddling, "event-1")
    assert meddling.seen == ["NEW", CANCELLED]
    assert stored(dynamodb)["status"] == CANCELLED


def test_an_order_deleted_meanwhile_does_not_come_back(table: OrdersTable, dynamodb: Any) -> None:
    table.place(order())
    key = {"orderId": {"S": order()["orderId"]}}
    meddling = Meddling(lambda: dynamodb.delete_item(TableName=TABLE, Key=key))
    assert table.change(order()["orderId"], meddling, "event-1") is None
    assert table.get(order()["orderId"]) is None


def test_what_never_settles_is_tried_again_later(table: OrdersTable, dynamodb: Any) -> None:
    table.place(order())
    versions = iter(range(10, 100))

    def restless(current: Order) -> Order:
        dynamodb.put_item(TableName=TABLE, Item=typed({**current, "version": next(versions)}))
        return packaged(current)

    with pytest.raises(TryAgain):
        table.change(order()["orderId"], restless, "event-1")


def test_who_met_another_at_the_order_tries_again(fake_aws: None) -> None:
    """moto has no two writers at once; this is what DynamoDB says to the one that came between."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    waited: list[int] = []
    met = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
    lost = {"CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": typed(order())}, {"Code": "None"}]}
    with Stubber(client) as answers:
        for reasons in (met, met, lost):
            answers.add_client_error(
                "transact_write_items", "TransactionCanceledException", modeled_fields=dict(reasons)
            )
        assert OrdersTable(client, TABLE, TOKENS, pause=waited.append).place(order()) == order()
    assert waited == [0, 1]


def test_who_always_meets_another_is_told_to_try_again(fake_aws: None) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    met = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}
    with Stubber(client) as answers:
        for _ in range(TRIES):
            answers.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=dict(met))
        with pytest.raises(TryAgain):
            OrdersTable(client, TABLE, TOKENS, pause=lambda attempt: None).place(order())


def test_an_index_that_lags_behind_shows_nobody_elses_order(
    table: OrdersTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=typed(by_hand(userId="new-owner")))
    stale = {"Items": [typed({name: order()[name] for name in ("orderId", "userId", "createdDate")})]}
    monkeypatch.setattr(dynamodb, "query", lambda **_: stale)
    assert table.page(order()["userId"], None).orders == []


def test_only_what_changed_is_sent(table: OrdersTable, dynamodb: Any) -> None:
    """What somebody adds by hand between read and write stays."""
    dynamodb.put_item(TableName=TABLE, Item=typed(by_hand()))
    noted = Meddling(lambda: dynamodb.put_item(TableName=TABLE, Item=typed(by_hand(note="fragile"))))
    table.change(order()["orderId"], noted, "event-1")
    assert stored(dynamodb)["note"] == "fragile"


def test_a_busy_table_is_no_answer(fake_aws: None) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url="http://127.0.0.1:9")
    client.meta.events.register("before-call", _refuse)
    with pytest.raises(TryAgain):
        OrdersTable(client, TABLE, TOKENS).get("any")


def _refuse(**_: Any) -> None:
    from botocore.exceptions import ReadTimeoutError

    raise ReadTimeoutError(endpoint_url="http://127.0.0.1:9")
