"""The orders table and the table of payment tokens, on moto."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ecom.dynamo import Item, TableBusy, plain, typed
from ecom.errors import TryAgain
from orders.tests.builders import LIFETIME, NOON, USER, item, manual_item, order
from orders.tests.contract import ID, OrdersContract, PaymentTokensContract, packaged
from orders.tests.integration.conftest import NO_WAIT, ORDERS, PAYMENT_TOKENS, orders_table
from orders_service.domain import Order
from orders_service.errors import StaleEvent
from orders_service.payment_tokens import PaymentTokens, PaymentTokensTable
from orders_service.repository import Orders, OrdersTable

KEY = {"orderId": {"S": ID}}


class TestOrdersTable(OrdersContract):
    @pytest.fixture
    def orders(self, table: OrdersTable) -> Orders:
        return table

    @pytest.fixture(autouse=True)
    def _client(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb

    def put(self, orders: Orders, item: Item) -> None:
        self.dynamodb.put_item(TableName=ORDERS, Item=typed(item))


class TestPaymentTokensTable(PaymentTokensContract):
    @pytest.fixture
    def orders(self, table: OrdersTable) -> Orders:
        return table

    @pytest.fixture
    def tokens(self, dynamodb: Any) -> PaymentTokens:
        return PaymentTokensTable(dynamodb, PAYMENT_TOKENS, LIFETIME, 2)

    def test_neither_a_token_nor_a_user_is_stored_in_clear(self, tokens: PaymentTokens, dynamodb: Any) -> None:
        tokens.claim("token", "order-1", "first", NOON)
        tokens.note_unfinished(USER, "order-1", NOON)
        text = str(dynamodb.scan(TableName=PAYMENT_TOKENS)["Items"])
        assert "'token'" not in text
        assert USER not in text


class Recorder:
    """Passes calls on to the client and records the requests."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.requests.append((operation, request))
            return getattr(self._client, operation)(**request)

        return call

    @property
    def reads(self) -> list[bool]:
        """Whether each GetItem was consistent. moto always reads consistently, DynamoDB does not."""
        return [request["ConsistentRead"] for operation, request in self.requests if operation == "get_item"]


def stored(dynamodb: Any) -> dict[str, Any]:
    return plain(dynamodb.get_item(TableName=ORDERS, Key=KEY)["Item"])


def test_the_payment_token_is_in_no_other_table(table: OrdersTable, dynamodb: Any) -> None:
    table.create(order())
    (row,) = dynamodb.scan(TableName=PAYMENT_TOKENS)["Items"]
    assert item()["paymentToken"] not in str(row)


def test_a_deleted_order_may_be_created_again_with_its_own_token(table: OrdersTable, dynamodb: Any) -> None:
    table.create(order())
    dynamodb.delete_item(TableName=ORDERS, Key=KEY)
    assert table.create(order()) == order()


class ConcurrentWrite:
    """A decision during which another writer changes the table, the first time."""

    def __init__(self, write: Any) -> None:
        self.write = write
        self.seen: list[str | None] = []

    def __call__(self, current: Order) -> Order:
        self.seen.append(current.status)
        if len(self.seen) == 1:
            self.write()
        return packaged(current)


def test_a_writer_that_loses_a_race_decides_again_on_the_new_state(table: OrdersTable, dynamodb: Any) -> None:
    table.create(order())
    paid = ConcurrentWrite(lambda: table.change(ID, lambda now: replace(now, payment_status="CAPTURED"), "e-1"))
    changed = table.change(ID, paid, "event-2")
    assert changed is not None
    assert (changed.status, changed.payment_status, changed.version) == ("PACKAGED", "CAPTURED", 3)
    assert table.get(ID) == changed


def test_a_transition_is_legal_from_the_status_at_the_write(table: OrdersTable, dynamodb: Any) -> None:
    """An order that is cancelled at the same time is not packaged, even when an operator changes the item."""
    table.create(order())

    def cancel_manually() -> None:
        dynamodb.put_item(TableName=ORDERS, Item=typed(item(status="CANCELLED")))

    decision = ConcurrentWrite(cancel_manually)
    with pytest.raises(StaleEvent):
        table.change(ID, decision, "event-1")
    assert decision.seen == ["NEW", "CANCELLED"]
    assert stored(dynamodb)["status"] == "CANCELLED"


def test_an_order_that_is_deleted_at_the_same_time_does_not_come_back(table: OrdersTable, dynamodb: Any) -> None:
    table.create(order())
    decision = ConcurrentWrite(lambda: dynamodb.delete_item(TableName=ORDERS, Key=KEY))
    assert table.change(ID, decision, "event-1") is None
    assert table.get(ID) is None


def test_an_order_that_changes_all_the_time_is_try_again(table: OrdersTable, dynamodb: Any) -> None:
    table.create(order())
    versions = iter(range(10, 100))

    def decide(current: Order) -> Order:
        dynamodb.put_item(TableName=ORDERS, Item=typed(item(version=next(versions))))
        return packaged(current)

    with pytest.raises(TryAgain):
        table.change(ID, decide, "event-1")
    assert stored(dynamodb)["status"] == "NEW"


CONFLICT = {"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]}
TOKEN_CONFLICT = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}
EXISTS = {"CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": typed(item())}, {"Code": "None"}]}


def test_a_transaction_conflict_is_retried(fake_aws: None) -> None:
    """moto has no concurrent writers; these are DynamoDB's responses."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    waits: list[float] = []
    with Stubber(client) as answers:
        for reasons in (CONFLICT, CONFLICT, EXISTS):
            answers.add_client_error(
                "transact_write_items", "TransactionCanceledException", modeled_fields=dict(reasons)
            )
        assert orders_table(client, replace(NO_WAIT, sleep=waits.append)).create(order()) == order()
    assert len(waits) == 2


def test_transaction_conflicts_without_end_are_try_again(fake_aws: None) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as answers:
        for _ in range(8):
            answers.add_client_error(
                "transact_write_items", "TransactionCanceledException", modeled_fields=dict(TOKEN_CONFLICT)
            )
        with pytest.raises(TryAgain):
            orders_table(client).create(order())


def test_an_index_that_is_behind_the_table_returns_no_order_of_another_user(
    table: OrdersTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamodb.put_item(TableName=ORDERS, Item=typed(manual_item(userId="new-owner")))
    stale = {"Items": [typed({name: item()[name] for name in ("orderId", "userId", "createdDate")})]}
    monkeypatch.setattr(dynamodb, "query", lambda **_: stale)
    assert table.page(item()["userId"], None).items == []


def test_only_changed_attributes_are_written(table: OrdersTable, dynamodb: Any) -> None:
    """An attribute that is added manually between read and write stays."""
    dynamodb.put_item(TableName=ORDERS, Item=typed(manual_item()))
    decision = ConcurrentWrite(lambda: dynamodb.put_item(TableName=ORDERS, Item=typed(manual_item(note="fragile"))))
    table.change(ID, decision, "event-1")
    assert stored(dynamodb)["note"] == "fragile"


def test_no_response_is_try_again(fake_aws: None) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url="http://127.0.0.1:9")
    client.meta.events.register("before-call", _time_out)
    with pytest.raises(TryAgain):
        orders_table(client).get("any")


def _time_out(**_: Any) -> None:
    from botocore.exceptions import ReadTimeoutError

    raise ReadTimeoutError(endpoint_url="http://127.0.0.1:9")


class TestStoredForm:
    """A shorter form is stored than is read: an order of a few lines then costs one write unit."""

    def stored(self, dynamodb: Any) -> Any:
        return plain(dynamodb.get_item(TableName=ORDERS, Key=KEY)["Item"])

    def test_a_new_order_is_stored_in_the_short_form(self, table: OrdersTable, dynamodb: Any) -> None:
        table.create(order())
        stored = self.stored(dynamodb)
        assert stored["history"] == ["0 NEW"]
        assert stored["products"][0]["package"] == "200x250x300x900"
        assert table.item(ID) == item()
        table.change(ID, packaged, "event-1")
        assert [entry.split()[1] for entry in self.stored(dynamodb)["history"]] == ["NEW", "PACKAGED"]

    def test_an_order_of_the_long_form_is_read_and_its_history_is_stored_short(
        self, table: OrdersTable, dynamodb: Any
    ) -> None:
        dynamodb.put_item(TableName=ORDERS, Item=typed(item()))
        before = table.get(ID)
        assert before == order()
        changed = table.change(ID, packaged, "event-1")
        assert changed is not None
        assert table.get(ID) == changed
        stored = self.stored(dynamodb)
        assert [entry.split()[1] for entry in stored["history"]] == ["NEW", "PACKAGED"]
        assert stored["products"] == item()["products"]

    def test_a_shipment_is_stored_in_the_short_form(self, table: OrdersTable, dynamodb: Any) -> None:
        table.create(order())
        shipment = {"carrier": "Courier", "trackingNumber": ID}
        changed = table.change(ID, lambda found: replace(found, shipment=shipment), "event-1")
        assert self.stored(dynamodb)["shipment"] == "/"
        assert table.get(ID) == changed
        assert changed is not None
        assert changed.shipment == shipment

    def test_an_order_that_exists_is_returned(self, table: OrdersTable) -> None:
        table.create(order())
        assert table.create(order()) == order()


class TestRequests:
    """The number and kind of requests: they are billed, and decisions need consistent reads."""

    def test_an_order_is_read_consistently(self, dynamodb: Any) -> None:
        recorder = Recorder(dynamodb)
        orders_table(recorder).get(ID)
        assert recorder.reads == [True]

    def test_a_change_is_one_cheap_read_and_one_write(self, table: OrdersTable, dynamodb: Any) -> None:
        table.create(order())
        recorder = Recorder(dynamodb)
        orders_table(recorder).change(ID, packaged, "event-1")
        assert [operation for operation, _ in recorder.requests] == ["get_item", "update_item"]
        assert recorder.reads == [False]
        _, request = recorder.requests[-1]
        names = {"status", "modifiedDate", "history", "version", "correlationId"}
        assert request["UpdateExpression"].count("=") == len(names)
        assert all(f"#{name} = :{name}" in request["UpdateExpression"] for name in names)

    @pytest.mark.parametrize("is_stored", [True, False])
    def test_a_decision_to_write_nothing_is_made_on_a_consistent_read(
        self, table: OrdersTable, dynamodb: Any, is_stored: bool
    ) -> None:
        if is_stored:
            table.create(order(status="CANCELLED"))
        recorder = Recorder(dynamodb)
        orders = orders_table(recorder)
        if is_stored:
            with pytest.raises(StaleEvent):
                orders.change(ID, packaged, "event-1")
        assert orders.change(ID, lambda current: current, "event-1") == (table.get(ID))
        assert [operation for operation, _ in recorder.requests] == ["get_item"] * len(recorder.reads)
        assert recorder.reads == [False, True] * (2 if is_stored else 1)


class LeavesKeys:
    """Answers BatchGetItem without the first key, as DynamoDB does when it is throttled."""

    def __init__(self, client: Any, answers: int) -> None:
        self._client = client
        self.left = answers

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's own name
        if self.left == 0:
            return self._client.batch_get_item(RequestItems=RequestItems)
        self.left -= 1
        keys = RequestItems[ORDERS]["Keys"]
        request = {ORDERS: {**RequestItems[ORDERS], "Keys": keys[1:]}} if keys[1:] else None
        answer = self._client.batch_get_item(RequestItems=request) if request else {"Responses": {}}
        return {**answer, "UnprocessedKeys": {ORDERS: {"Keys": keys[:1]}}}


def test_unprocessed_keys_are_read_again(table: OrdersTable, dynamodb: Any) -> None:
    for number in range(3):
        dynamodb.put_item(
            TableName=ORDERS, Item=typed(manual_item(orderId=f"o{number}", createdDate=f"2026-0{number}"))
        )
    orders = orders_table(LeavesKeys(dynamodb, answers=2))
    assert [each.order_id for each in orders.page(item()["userId"], None).items] == ["o2", "o1", "o0"]
    with pytest.raises(TableBusy):
        orders_table(LeavesKeys(dynamodb, answers=-1)).page(item()["userId"], None)
