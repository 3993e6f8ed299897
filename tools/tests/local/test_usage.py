"""The cost of a request by DynamoDB's rules, and the counts of the running cloud."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tools.local.client import Cloud, start_temporary
from tools.local.usage import PATH, index_units, operation_of, read_units, rounds_of, write_units
from tools.tests.local.functions import invoke, make_function


@pytest.mark.parametrize(
    ("old", "new", "times", "units"),
    [(0, 1, 1, 1), (0, 1024, 1, 1), (0, 1025, 1, 2), (3000, 10, 1, 3), (0, 0, 1, 1), (0, 1025, 2, 4)],
)
def test_a_write_costs_the_larger_image(old: int, new: int, times: int, units: int) -> None:
    assert write_units(old, new, times) == units


def test_an_index_costs_what_changes_in_it() -> None:
    def size(_: Any) -> int:
        return 100

    entry, moved, changed = {"k": 1, "v": 1}, {"k": 2, "v": 1}, {"k": 1, "v": 2}
    assert index_units(None, None, ["k"], size) == 0
    assert index_units(entry, dict(entry), ["k"], size) == 0
    assert index_units(None, entry, ["k"], size) == 1
    assert index_units(entry, None, ["k"], size) == 1
    assert index_units(entry, changed, ["k"], size) == 1
    assert index_units(entry, moved, ["k"], size) == 2


def test_a_read_costs_by_four_kilobytes() -> None:
    assert [read_units(size) for size in (0, 4096, 4097)] == [0.5, 0.5, 1]
    assert read_units(10, consistent=True) == 1
    assert read_units(10, transaction=True) == 2


def test_requests_at_the_same_time_are_one_round() -> None:
    assert rounds_of([]) == 0
    assert rounds_of([(0, 1), (1, 2), (3, 4)]) == 3
    assert rounds_of([(2, 9), (1, 3), (4, 5), (9.5, 10)]) == 2


def test_requests_are_counted_by_operation() -> None:
    def named(path: str, *headers: tuple[bytes, bytes]) -> Any:
        return operation_of({"path": path, "method": "POST", "headers": headers})

    assert named("/", (b"x-amz-target", b"DynamoDB_20120810.PutItem")) == ("dynamodb", "PutItem")
    assert named("/", (b"x-amz-target", b"AWSEvents.PutEvents")) == ("events", "PutEvents")
    assert named("/", (b"x-amz-target", b"AmazonSQS.SendMessage")) == ("sqs", "SendMessage")
    assert named("/_aws/execute-api/abc/prod/backend/reserve") == ("apigateway", "POST backend/reserve")
    assert named("/v1/apis/abc/graphql") == ("appsync", "GraphQL")
    assert named("/v2/email/outbound-emails") == ("ses", "SendEmail")
    assert named("/_local/health") is None


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with start_temporary(Path(tmp_path_factory.mktemp("usage"))) as started:
        yield started


def usage(cloud: Cloud, method: str = "GET") -> dict[tuple[str, str, str], float]:
    answer = urllib3.request(method, f"{cloud.endpoint}{PATH}")
    return {(row["service"], row["operation"], row["what"]): row["amount"] for row in json.loads(answer.data)["usage"]}


def test_the_cloud_counts_requests_and_units_while_the_meter_runs(cloud: Cloud) -> None:
    dynamodb, table = cloud.client("dynamodb"), f"t-{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    dynamodb.put_item(TableName=table, Item={"id": {"S": "before"}})
    assert usage(cloud, "POST") == {}
    dynamodb.put_item(TableName=table, Item={"id": {"S": "a"}, "kind": {"S": "k"}, "text": {"S": "x" * 1500}})
    change = {"TableName": table, "Key": {"id": {"S": "a"}}, "UpdateExpression": "SET n = :n"}
    dynamodb.update_item(**change, ExpressionAttributeValues={":n": {"N": "1"}})
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": {"id": {"S": "b"}}}},
            {"Update": {**change, "ExpressionAttributeValues": {":n": {"N": "2"}}}},
        ]
    )
    dynamodb.get_item(TableName=table, Key={"id": {"S": "a"}}, ConsistentRead=True)
    dynamodb.query(
        TableName=table,
        IndexName="kind",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "k"}},
    )
    seen = usage(cloud)
    assert seen["dynamodb", "PutItem", "requests"] == 1
    assert seen["dynamodb", "PutItem", "write units"] == 2 + 1  # the item, and its entry in the index
    assert seen["dynamodb", "UpdateItem", "write units"] == 2  # the entry did not change
    assert seen["dynamodb", "TransactWriteItems", "write units"] == 2 + 4
    assert seen["dynamodb", "GetItem", "read units"] == 1
    assert seen["dynamodb", "Query", "read units"] == 0.5


def test_invocations_are_counted_with_the_processor_time_of_the_function(cloud: Cloud) -> None:
    source = """
        import time

        def handler(event, context):
            if event == "burn":
                end = time.process_time() + 0.05
                while time.process_time() < end:
                    pass
            else:
                time.sleep(0.05)
    """
    burning, waiting = (make_function(cloud, source, MemorySize=512) for _ in range(2))
    usage(cloud, "POST")
    invoke(cloud, burning, "burn")
    invoke(cloud, waiting, "wait")
    rows = json.loads(urllib3.request("GET", f"{cloud.endpoint}{PATH}").data)["usage"]
    found = {(row["caller"], row["what"]): row["amount"] for row in rows if row["operation"] == "invocation"}
    for name in (burning, waiting):
        assert found[name, "invocations"] == 1
        assert found[name, "billed ms"] >= 50
        assert found[name, "GB-seconds"] == pytest.approx(found[name, "billed ms"] / 1000 / 2)
    assert found[burning, "processor ms"] >= 50
    assert found[waiting, "processor ms"] < 25
