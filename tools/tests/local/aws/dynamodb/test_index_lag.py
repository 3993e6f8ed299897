"""Global secondary indexes show a write some time after the table does."""

import random
from pathlib import Path
from typing import Any

import pytest

from ecom_client.polling import poll
from tools.local.aws.dynamodb.index_lag import VARIABLE, LaggingIndexes, lag_from
from tools.local.client import Cloud, start_temporary
from tools.local.home import LocalCloudError

TABLE = {"GlobalSecondaryIndexes": [{"IndexName": "by-kind"}]}
KEY = ("a", "")


@pytest.mark.parametrize(("text", "lag"), [("0", (0, 0)), ("5-500", (0.005, 0.5)), ("40", (0.04, 0.04))])
def test_the_variable_is_a_range_of_milliseconds(text: str, lag: tuple[float, float]) -> None:
    assert lag_from({VARIABLE: text}) == lag


@pytest.mark.parametrize("text", ["-1", "9-2", "fast", "5-"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match=f"{VARIABLE}={text} must be"):
        lag_from({VARIABLE: text})


def test_the_writes_of_an_item_become_visible_in_their_order() -> None:
    now = 0.0
    indexes = LaggingIndexes(lambda: now)
    indexes.set((0.01, 1.0))
    chance, images = random.Random(3), [{"n": number} for number in range(200)]  # noqa: S311 - no secret
    for number in range(1, 200):
        indexes.note(TABLE, KEY, images[number - 1])
        now += chance.random() / 10
    shown = []
    while seen := indexes.images(TABLE):
        shown.append((seen[KEY] or {})["n"])
        now += 0.01
    assert shown == sorted(shown)
    assert shown[-1] > shown[0]


def test_the_same_writes_lag_by_the_same_times() -> None:
    def hidden(indexes: LaggingIndexes) -> list[int]:
        indexes.set((0.001, 1.0))
        for number in range(50):
            indexes.note(TABLE, (str(number), ""), None)
        counts = []
        for tenth in range(11):
            moments["now"] = tenth / 10
            counts.append(len(indexes.images(TABLE)))
        moments["now"] = 0.0
        return counts

    moments = {"now": 0.0}
    first = hidden(LaggingIndexes(lambda: moments["now"]))
    assert first == hidden(LaggingIndexes(lambda: moments["now"]))
    assert first[0] == 50 > first[5] > first[10] == 0


def test_a_table_without_a_global_index_does_not_lag() -> None:
    indexes = LaggingIndexes()
    indexes.set((1.0, 1.0))
    table = {"LocalSecondaryIndexes": [{"IndexName": "by-kind"}]}
    indexes.note(table, KEY, None)
    assert indexes.images(table) == {}


def make_table(cloud: Cloud) -> Any:
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return dynamodb


def names(dynamodb: Any, operation: str, kind: str = "") -> list[str]:
    values = {":k": {"S": kind}}
    condition = {"KeyConditionExpression": "kind = :k", "ExpressionAttributeValues": values} if kind else {}
    answer = getattr(dynamodb, operation)(TableName="things", IndexName="by-kind", **condition)
    return sorted(item["id"]["S"] for item in answer["Items"])


def test_a_query_and_a_scan_of_an_index_show_writes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "4000")
    with start_temporary(tmp_path) as cloud:
        dynamodb = make_table(cloud)
        for name in ("moved", "removed", "kept"):
            dynamodb.put_item(TableName="things", Item={"id": {"S": name}, "kind": {"S": "old"}})
        assert names(dynamodb, "query", "old") == []
        assert names(dynamodb, "scan") == []
        assert "Item" in dynamodb.get_item(TableName="things", Key={"id": {"S": "kept"}})
        every = ["kept", "moved", "removed"]
        poll(lambda: names(dynamodb, "query", "old"), lambda found: found == every, 10)

        dynamodb.delete_item(TableName="things", Key={"id": {"S": "removed"}})
        change = {"UpdateExpression": "SET kind = :k", "ExpressionAttributeValues": {":k": {"S": "new"}}}
        dynamodb.update_item(TableName="things", Key={"id": {"S": "moved"}}, **change)
        assert names(dynamodb, "query", "old") == every
        assert names(dynamodb, "query", "new") == []
        assert names(dynamodb, "scan") == every
        poll(lambda: names(dynamodb, "query", "new"), lambda found: found == ["moved"], 10)
        assert names(dynamodb, "scan") == ["kept", "moved"]
        assert names(dynamodb, "query", "old") == ["kept"]


def test_without_a_lag_an_index_shows_a_write_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    with start_temporary(tmp_path) as cloud:
        dynamodb = make_table(cloud)
        for number in range(20):
            dynamodb.put_item(TableName="things", Item={"id": {"S": str(number)}, "kind": {"S": "old"}})
            assert len(names(dynamodb, "query", "old")) == number + 1
