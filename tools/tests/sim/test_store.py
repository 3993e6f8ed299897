"""The store answers like DynamoDB, as far as moto and the local cloud show: the same operations, the same answers."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tools.local.aws.dynamodb import index_lag
from tools.local.client import start_temporary
from tools.sim.dynamodb.requests import Refused
from tools.sim.dynamodb.store import Store
from tools.sim.dynamodb.table import Index, Keys, Schema, Table
from tools.sim.not_simulated import NotSimulated

SCHEMA = Schema(
    "things",
    "arn:aws:dynamodb:eu-west-1:000000000000:table/things",
    Keys("id"),
    {"id": "S", "owner": "S", "at": "S"},
    {"owners": Index(Keys("owner", "at"), None)},
)


class NoTime:
    moment = 0.0

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        """No time passes."""


def new_store() -> Store:
    return Store([Table(SCHEMA)], NoTime())


@pytest.fixture(scope="module")
def moto_client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-west-1")


@pytest.fixture(scope="module")
def cloud_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Indexes without a lag, as those of the store: with one, what a query finds depends on the time of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(index_lag.VARIABLE, "0")
        with start_temporary(tmp_path_factory.mktemp("cloud")) as cloud:
            yield cloud.client("dynamodb")


def create(client: Any) -> None:
    client.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner", "at")],
        GlobalSecondaryIndexes=[{
            "IndexName": "owners",
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    )  # fmt: skip


ids = st.sampled_from(["a", "b", "c"])
numbers = st.integers(-3, 3)
CONDITIONS = [
    "",
    "attribute_not_exists(id)",
    "attribute_exists(#n)",
    "#n = :n",
    "#n < :n OR attribute_not_exists(#n)",
    "NOT (#n >= :n AND #n <> :n)",
    "#n BETWEEN :n AND :n",
    "#n IN (:n)",
    "begins_with(id, :text)",
    "attribute_exists(id) AND size(id) = :one",  # moto cannot tell the size of nothing
]
UPDATES = [
    "SET #n = :n",
    "SET #n = if_not_exists(#n, :n) + :one",
    "SET #m = :map REMOVE #n",
    "ADD #n :n",
    "ADD #s :set",
    "DELETE #s :set",
    "SET #l = list_append(if_not_exists(#l, :list), :list)",
    "SET #m.#k = :n",
]
KINDS = [
    *("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"),
    *("GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"),
]
RETURNED = {
    "PutItem": ["NONE", "ALL_OLD"],
    "DeleteItem": ["NONE", "ALL_OLD"],
    "UpdateItem": ["NONE", "ALL_OLD", "ALL_NEW"],
}


@st.composite
def operation(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(KINDS))
    if kind == "GetItem":
        return kind, {"TableName": "things", "Key": {"id": {"S": draw(ids)}}, **read(draw)}
    if kind in ("BatchGetItem", "TransactGetItems"):
        wanted = [{"id": {"S": key}} for key in draw(st.lists(ids, min_size=1, max_size=3, unique=True))]
        if kind == "BatchGetItem":
            return kind, {"RequestItems": {"things": {"Keys": wanted, **read(draw)}}}
        return kind, {"TransactItems": [{"Get": {"TableName": "things", "Key": key}} for key in wanted]}
    if kind == "Scan":
        return kind, {"TableName": "things", "FilterExpression": "attribute_exists(id)"}
    if kind == "Query":
        return kind, {
            "TableName": "things",
            "IndexName": "owners",
            "KeyConditionExpression": "#o = :o AND #a >= :a",
            "ExpressionAttributeNames": {"#o": "owner", "#a": "at"},
            "ExpressionAttributeValues": {":o": {"S": draw(ids)}, ":a": {"S": draw(ids)}},
            "ScanIndexForward": draw(st.booleans()),
            **draw(st.sampled_from([{}, {"Limit": 1}])),
        }
    if kind == "TransactWriteItems":
        keys = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
        return kind, {"TransactItems": [entry(draw, key) for key in keys]}
    ((_, request),) = entry(draw, draw(ids), kind.removesuffix("Item")).items()
    return kind, request | {"ReturnValues": draw(st.sampled_from(RETURNED[kind]))}


def read(draw: st.DrawFn) -> dict[str, Any]:
    """How an item is read: all of it, or some attributes."""
    projection = {"ProjectionExpression": "id, #n", "ExpressionAttributeNames": {"#n": "n"}}
    return {"ConsistentRead": True, **draw(st.sampled_from([{}, projection]))}


def entry(draw: st.DrawFn, key: str, kind: str = "") -> dict[str, Any]:
    kind = kind or draw(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]))
    condition = draw(st.sampled_from(CONDITIONS[1:] if kind == "ConditionCheck" else CONDITIONS))
    update = draw(st.sampled_from(UPDATES)) if kind == "Update" else ""
    request: dict[str, Any] = {"TableName": "things"}
    if kind == "Put":
        number = draw(numbers)
        request["Item"] = {"id": {"S": key}, "owner": {"S": draw(ids)}, "at": {"S": draw(ids)}, "n": {"N": str(number)}}
    else:
        request["Key"] = {"id": {"S": key}}
    if update:
        request["UpdateExpression"] = update
    if condition:
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    text = f"{condition} {update}"
    names = {f"#{name}": name for name in ("n", "m", "s", "l", "k") if f"#{name}" in text}
    values = {
        ":n": {"N": str(draw(numbers))},
        ":one": {"N": "1"},
        ":text": {"S": "a"},
        ":map": {"M": {"k": {"N": "1"}}},
        ":set": {"SS": [draw(ids)]},
        ":list": {"L": [{"S": "x"}]},
    }
    used = {name: value for name, value in values.items() if name in re.findall(r":\w+", text)}
    if names:
        request["ExpressionAttributeNames"] = names
    if used:
        request["ExpressionAttributeValues"] = used
    return {kind: request}


def plain(value: Any) -> Any:
    """Sets in an order, and items in the order of their keys."""
    if isinstance(value, dict):
        return {key: sorted(each) if key in ("SS", "NS") else plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def asked_of_store(store: Store, kind: str, request: dict[str, Any]) -> Any:
    try:
        answer = store.handle(kind, request)
    except Refused as refused:
        return refusal(refused.code, refused.more)
    return answered(kind, answer)


def asked_of_client(client: Any, kind: str, request: dict[str, Any]) -> Any:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
    try:
        answer = getattr(client, name)(**request)
    except ClientError as error:
        response: Any = error.response
        return refusal(response["Error"]["Code"], response)
    return answered(kind, answer)


def refusal(code: str, response: Any) -> Any:
    """The code and the stored item, of the whole request and of each entry of a transaction."""
    reasons = [(reason["Code"], plain(reason.get("Item"))) for reason in response.get("CancellationReasons", [])]
    return code, plain(response.get("Item")), reasons


def answered(kind: str, answer: Any) -> Any:
    """What an answer tells of the table. Scans and batches have no order."""
    if kind == "BatchGetItem":
        return sorted(plain(answer["Responses"].get("things", [])), key=repr)
    if kind == "TransactGetItems":
        return [plain(each.get("Item")) for each in answer["Responses"]]
    items = plain(answer.get("Items"))
    return {
        "Items": sorted(items, key=repr) if kind == "Scan" else items,
        **{name: plain(answer.get(name)) for name in ("Item", "Attributes", "Count", "LastEvaluatedKey")},
    }


many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
Operations = list[tuple[str, dict[str, Any]]]


@many
@given(st.lists(operation(), min_size=3, max_size=25))
def test_the_store_agrees_with_moto(moto_client: Any, operations: Operations) -> None:
    compare(moto_client, operations)


@many
@given(st.lists(operation(), min_size=3, max_size=25))
def test_the_store_agrees_with_the_local_cloud(cloud_client: Any, operations: Operations) -> None:
    compare(cloud_client, operations)


def compare(client: Any, operations: Operations) -> None:
    create(client)
    store = new_store()
    try:
        for number, (kind, request) in enumerate(operations):
            ours, theirs = asked_of_store(store, kind, request), asked_of_client(client, kind, request)
            assert ours == theirs, f"{number}: {kind} {request}"
        items = asked_of_store(store, "Scan", {"TableName": "things"})
        assert items == asked_of_client(client, "Scan", {"TableName": "things"})
    finally:
        client.delete_table(TableName="things")


def test_a_token_of_a_transaction_makes_its_repeat_harmless() -> None:
    store = new_store()
    add = {"TableName": "things", "Key": {"id": {"S": "a"}}, "UpdateExpression": "ADD n :one",
           "ExpressionAttributeValues": {":one": {"N": "1"}}}  # fmt: skip
    for _ in range(2):
        store.handle("TransactWriteItems", {"TransactItems": [{"Update": add}], "ClientRequestToken": "once"})
    item = store.handle("GetItem", {"TableName": "things", "Key": {"id": {"S": "a"}}, "ConsistentRead": True})["Item"]
    assert item["n"] == {"N": "1"}


def test_a_transaction_that_goes_on_is_done_and_its_repeat_is_refused_until_it_ends() -> None:
    time = NoTime()
    store = Store([Table(SCHEMA)], time)
    write = {"TransactItems": [{"Put": {"TableName": "things", "Item": {"id": {"S": "a"}}}}]}
    store.handle("TransactWriteItems", {**write, "ClientRequestToken": "once"})
    store.stay_unfinished("once", 10.0)
    with pytest.raises(Refused) as refused:
        store.handle("TransactWriteItems", {**write, "ClientRequestToken": "once"})
    assert refused.value.code == "TransactionInProgressException"
    store.handle("TransactWriteItems", {**write, "ClientRequestToken": "another"})
    time.moment += 10.0
    assert store.handle("TransactWriteItems", {**write, "ClientRequestToken": "once"}) == {}


@pytest.mark.parametrize(
    ("name", "code"), [("a", "TransactionInProgressException"), ("b", "IdempotentParameterMismatchException")]
)
def test_a_token_of_a_transaction_at_work_is_refused(name: str, code: str) -> None:
    refused: list[str] = []

    def request(key: str) -> dict[str, Any]:
        put = {"Put": {"TableName": "things", "Item": {"id": {"S": key}}}}
        return {"TransactItems": [put], "ClientRequestToken": "once"}

    class Meanwhile(NoTime):
        def sleep(self, seconds: float) -> None:
            with pytest.raises(Refused) as refusal:
                store.handle("TransactWriteItems", request(name))
            refused.append(refusal.value.code)

    store = Store([Table(SCHEMA)], Meanwhile())
    store.handle("TransactWriteItems", request("a"))
    assert refused == [code]
    assert store.handle("TransactWriteItems", request("a")) == {}, "it is done"


def test_pages_follow_each_other() -> None:
    store = new_store()
    for own in "abcde":
        store.handle(
            "PutItem", {"TableName": "things", "Item": {"id": {"S": own}, "owner": {"S": "o"}, "at": {"S": own}}}
        )
    request: dict[str, Any] = {
        "TableName": "things", "IndexName": "owners", "KeyConditionExpression": "owner = :o",
        "ExpressionAttributeValues": {":o": {"S": "o"}}, "Limit": 2,
    }  # fmt: skip
    seen: list[str] = []
    while True:
        page = store.handle("Query", request)
        seen += [item["id"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert seen == list("abcde")


def test_an_operation_that_is_not_simulated_is_named() -> None:
    with pytest.raises(NotSimulated, match="ExecuteStatement"):
        new_store().handle("ExecuteStatement", {})


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("Scan", {"TableName": "things", "Unknown": "x"}),
        ("BatchGetItem", {"RequestItems": {"things": {"Keys": [{"id": {"S": "a"}}], "Unknown": "x"}}}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "things", "Key": {}, "Unknown": "x"}}]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "things", "Item": {}, "Unknown": "x"}}]}),
    ],
)
def test_a_parameter_that_is_not_simulated_is_named(operation: str, request_: dict[str, Any]) -> None:
    with pytest.raises(NotSimulated, match=f"{operation} with Unknown"):
        new_store().handle(operation, request_)
