"""A partition serves DynamoDB's units a second, and no more."""

from typing import Any

import pytest

from tools.sim.dynamodb.partition_limits import READ_UNITS, WRITE_UNITS, PartitionLimits
from tools.sim.dynamodb.requests import Refused
from tools.sim.dynamodb.store import Store
from tools.sim.dynamodb.table import Index, Keys, Schema, Table

KILOBYTE = "x" * 900


class Clock:
    seconds = 100.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    indexes = {"states": Index(Keys("state"), frozenset({"state"}))}
    made = Store([Table(Schema("t", "arn", Keys("id"), {"id": "S", "state": "S"}, indexes))], clock)
    made.limits = PartitionLimits(clock.now)
    return made


def put(store: Store, own: str, **more: str) -> None:
    item = {"id": {"S": own}, **{name: {"S": value} for name, value in more.items()}}
    store.handle("PutItem", {"TableName": "t", "Item": item})


def until_refused(work: Any) -> int:
    for number in range(10_000):
        try:
            work(number)
        except Refused as refused:
            if "throughput" in str(refused).lower() or "Throttling" in str(refused.more):
                return number
            raise
    raise AssertionError("never refused")


def test_one_item_takes_its_write_units_and_then_waits_for_more(store: Store, clock: Clock) -> None:
    assert until_refused(lambda _: put(store, "a", text=KILOBYTE)) == WRITE_UNITS
    put(store, "b", text=KILOBYTE)
    clock.sleep(0.5)
    assert until_refused(lambda _: put(store, "a", text=KILOBYTE)) == WRITE_UNITS / 2


def test_an_item_of_more_than_a_kilobyte_takes_more_units(store: Store) -> None:
    assert until_refused(lambda _: put(store, "a", text=KILOBYTE * 2)) == WRITE_UNITS / 2


def test_a_transaction_takes_twice_the_units(store: Store) -> None:
    def work(number: int) -> None:
        item = {"id": {"S": "a"}, "text": {"S": KILOBYTE}}
        store.handle("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": item}}]})

    assert until_refused(work) == WRITE_UNITS / 2


def test_items_with_one_value_in_an_index_share_its_units(store: Store) -> None:
    assert until_refused(lambda number: put(store, f"n{number}", state="NEW")) == WRITE_UNITS
    put(store, "other", state="DONE")


def test_what_an_index_does_not_have_takes_none_of_its_units(store: Store) -> None:
    for number in range(5):
        put(store, f"n{number}", state="NEW")
    rounds = until_refused(lambda number: put(store, "n0", state="NEW", text=str(number)))
    assert rounds == WRITE_UNITS - 1, "those of the table, of which the first write took one"


def test_a_write_whose_condition_fails_takes_units_too(store: Store) -> None:
    def work(_: int) -> None:
        request = {"TableName": "t", "Item": {"id": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(id)"}
        try:
            store.handle("PutItem", request)
        except Refused as refused:
            if refused.code != "ConditionalCheckFailedException":
                raise

    assert until_refused(work) == WRITE_UNITS


def test_reads_have_units_of_their_own(store: Store) -> None:
    put(store, "a")
    get = {"TableName": "t", "Key": {"id": {"S": "a"}}, "ConsistentRead": True}
    assert until_refused(lambda _: store.handle("GetItem", get)) == READ_UNITS
    put(store, "a", text="still written")
