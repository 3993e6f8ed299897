"""State survives a kill but for the last seconds; that it survives a stop whole is in test_lifecycle."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tools.local import durability, lifecycle
from tools.local.client import Cloud, start_temporary
from tools.local.home import LocalCloudError
from tools.tests.local.functions import invoke, make_function

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
# How long after a change a kill may come and lose nothing: the longest pause, and the time to take and write.
PROMISED_SECONDS = durability.PAUSE + 2


def kill(cloud: Cloud) -> None:
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)


def item(number: int) -> dict[str, Any]:
    return {"id": {"S": f"i{number}"}, "exact": {"N": "12345678901234567890.01"}, "set": {"SS": ["a", "b"]}}


def test_a_kill_loses_at_most_the_last_seconds(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        table = cloud.client("dynamodb")
        table.create_table(TableName="left", **TABLE)
        table.create_table(TableName="right", **TABLE)
        cloud.client("s3").create_bucket(Bucket="kept")
        cloud.client("s3").put_object(Bucket="kept", Key="a/b", Body=b"content")
        queue = cloud.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
        cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="hello")
        function = make_function(cloud, "def handler(event, context):\n    return 'alive'\n")
        written: dict[int, float] = {}
        end = time.monotonic() + PROMISED_SECONDS + 1
        while time.monotonic() < end:
            number = len(written)
            puts = [{"Put": {"TableName": name, "Item": item(number)}} for name in ("left", "right")]
            table.transact_write_items(TransactItems=puts)
            written[number] = time.monotonic()
        killed = time.monotonic()
        kill(cloud)

        assert lifecycle.start(cloud.home)
        table = cloud.client("dynamodb")
        kept = {name: read_all(table, name) for name in ("left", "right")}
        assert kept["left"] == kept["right"], "a transaction is in the snapshot or not"
        lost = [number for number in written if f"i{number}" not in kept["left"]]
        assert all(killed - written[number] < PROMISED_SECONDS for number in lost)
        assert len(lost) < len(written)
        assert kept["left"]["i0"] == item(0)
        assert cloud.client("s3").get_object(Bucket="kept", Key="a/b")["Body"].read() == b"content"
        (message,) = cloud.client("sqs").receive_message(QueueUrl=queue)["Messages"]
        assert message["Body"] == "hello"
        assert invoke(cloud, function) == (None, "alive")


def read_all(table: Any, name: str) -> dict[str, Any]:
    pages = table.get_paginator("scan").paginate(TableName=name)
    return {one["id"]["S"]: one for page in pages for one in page["Items"]}


def test_reads_cause_no_snapshot(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        file = cloud.home.state / "snapshot.json"
        assert lifecycle.wait_until(file.exists, 10)
        cloud.client("ssm").put_parameter(Name="/p", Value="v", Type="String")
        assert lifecycle.wait_until(lambda: b"/p" in file.read_bytes(), 10)
        before = file.stat().st_mtime_ns
        end = time.monotonic() + 2 * durability.PAUSE
        while time.monotonic() < end:
            cloud.client("ssm").get_parameter(Name="/p")
        assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b'{"iam": {', b'{"iam": 5}', b"\xa2\xff", b"[" * 100_000])
def test_a_damaged_state_is_one_readable_line(tmp_path: Path, content: bytes) -> None:
    with start_temporary(tmp_path) as cloud:
        lifecycle.stop(cloud.home)
        (cloud.home.state / "snapshot.json").write_bytes(content)
        with pytest.raises(LocalCloudError) as raised:
            lifecycle.start(cloud.home)
        assert "snapshot.json is damaged" in str(raised.value)
        assert "FRESH=1" in str(raised.value)
        assert "Traceback" not in str(raised.value)
        assert cloud.home.running() is None


@pytest.mark.parametrize(
    ("scope", "changes"),
    [
        ({"type": "http", "method": "GET", "path": "/", "headers": []}, False),
        ({"type": "http", "method": "GET", "path": "/_aws/execute-api/a/prod/b", "headers": []}, True),
        ({"type": "http", "method": "POST", "path": "/", "headers": [(b"x-amz-target", b"X.GetItem")]}, False),
        ({"type": "http", "method": "POST", "path": "/", "headers": [(b"x-amz-target", b"X.PutItem")]}, True),
        ({"type": "http", "method": "POST", "path": "/", "headers": []}, True),
        ({"type": "websocket"}, True),
    ],
)
def test_what_may_change_the_state(scope: dict[str, Any], changes: bool) -> None:
    assert durability.may_change(scope) is changes
