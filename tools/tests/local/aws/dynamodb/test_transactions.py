"""A transaction at work fails the other writes of its items, as on DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local.aws.dynamodb.transactions import VARIABLE, OngoingTransactions, duration_from
from tools.local.client import Cloud, start_temporary
from tools.local.home import LocalCloudError

SECONDS = 1.0
CONFLICT = "TransactionConflictException"


def test_the_variable_is_a_range_of_milliseconds() -> None:
    assert duration_from({VARIABLE: "5-500"}) == (0.005, 0.5)
    with pytest.raises(LocalCloudError, match=f"{VARIABLE}=fast must be"):
        duration_from({VARIABLE: "fast"})


def test_the_same_transactions_take_the_same_times() -> None:
    def times() -> list[float]:
        ongoing = OngoingTransactions()
        ongoing.set((0.001, 1.0))
        found = []
        for number in range(20):
            with ongoing.at_work([("table", str(number))]) as seconds:
                found.append(seconds)
        return found

    assert times() == times()
    assert len(set(times())) == 20


def test_an_item_is_free_after_a_failed_transaction() -> None:
    ongoing = OngoingTransactions()

    def failing() -> None:
        with ongoing.at_work([("table", "a"), ("table", "b")]):
            assert ongoing.conflicts([("table", "c"), ("table", "b"), ("other", "a")]) == [1]
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        failing()
    assert ongoing.conflicts([("table", "a"), ("table", "b")]) == []


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, str(int(SECONDS * 1000)))
        folder: Path = tmp_path_factory.mktemp("cloud")
        with start_temporary(folder) as running:
            yield running


@pytest.fixture
def dynamodb(cloud: Cloud) -> Iterator[Any]:
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    yield client
    client.delete_table(TableName="things")


def key(name: str) -> dict[str, Any]:
    return {"TableName": "things", "Key": {"id": {"S": name}}}


def put(name: str) -> dict[str, Any]:
    return {"TableName": "things", "Item": {"id": {"S": name}}}


def refusal(call: Any, **request: Any) -> Any:
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response


def at_work(dynamodb: Any, pool: ThreadPoolExecutor, *names: str) -> "Future[Any]":
    """A transaction that is at work when this returns: a write that it fails shows it."""
    running = pool.submit(dynamodb.transact_write_items, TransactItems=[{"Put": put(name)} for name in names])
    poll(lambda: outcome(dynamodb.update_item, **key(names[0])), lambda seen: seen == CONFLICT, seconds=10)
    assert not running.done()
    return running


def outcome(call: Any, **request: Any) -> str:
    try:
        call(**request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_writes_and_transactions_of_its_items_conflict(dynamodb: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = at_work(dynamodb, pool, "a", "b")
        for call, request in (
            (dynamodb.put_item, put("b")),
            (dynamodb.update_item, key("b")),
            (dynamodb.delete_item, key("b")),
        ):
            assert outcome(call, **request) == CONFLICT
        check = {"ConditionCheck": {**key("b"), "ConditionExpression": "attribute_exists(id)"}}
        for members in ([{"Put": put("c")}, {"Update": {**key("b"), "UpdateExpression": "SET x = id"}}], [check]):
            answer = refusal(dynamodb.transact_write_items, TransactItems=members)
            assert answer["Error"]["Code"] == "TransactionCanceledException"
            assert [reason["Code"] for reason in answer["CancellationReasons"]][-1] == "TransactionConflict"
        reading = refusal(dynamodb.transact_get_items, TransactItems=[{"Get": key("b")}])
        assert [reason["Code"] for reason in reading["CancellationReasons"]] == ["TransactionConflict"]
        assert "Item" not in dynamodb.get_item(**key("b"), ConsistentRead=True), "plain reads show the old item"
        dynamodb.put_item(**put("c"))
        first.result()
    assert "Item" in dynamodb.get_item(**key("b"), ConsistentRead=True)
    dynamodb.delete_item(**key("b"))


def test_a_repeat_of_a_transaction_at_work_learns_that_it_goes_on(cloud: Cloud, dynamodb: Any) -> None:
    """As when the SDK repeats it after a time-out."""
    add = {**key("a"), "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    request = {"TransactItems": [{"Update": add}], "ClientRequestToken": "once"}
    asking_once = cloud.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(dynamodb.transact_write_items, **request)
        poll(lambda: outcome(dynamodb.update_item, **key("a")), lambda seen: seen == CONFLICT, seconds=10)
        for name, code in (("a", "TransactionInProgressException"), ("b", "IdempotentParameterMismatchException")):
            repeat = {**request, "TransactItems": [{"Update": {**add, **key(name)}}]}
            assert outcome(asking_once.transact_write_items, **repeat) == code
        first.result()
    dynamodb.transact_write_items(**request)
    assert dynamodb.get_item(**key("a"), ConsistentRead=True)["Item"]["n"] == {"N": "1"}
    dynamodb.delete_item(**key("a"))


def test_an_invalid_request_is_refused_as_without_a_transaction(dynamodb: Any) -> None:
    answer = refusal(dynamodb.transact_write_items, TransactItems=[{"Put": {**put("a"), "TableName": "missing"}}])
    assert answer["Error"]["Code"] in ("ResourceNotFoundException", "TransactionCanceledException")
