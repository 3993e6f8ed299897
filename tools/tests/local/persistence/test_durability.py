"""The state survives a kill, except for the last seconds. test_lifecycle checks a clean stop."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.local.home import LocalCloudError
from tools.local.persistence import durability
from tools.local.persistence.files import SNAPSHOT
from tools.tests.local.functions import invoke, make_function
from tools.tests.local.saved import files_of, wait_saved

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
# The time after a change after which a kill loses nothing.
PROMISED_SECONDS = 2.0
MANY = 10_000


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


def test_a_kill_with_much_state_loses_no_more(tmp_path: Path) -> None:
    """Ten thousand items in batches, with a stream without readers. No request is delayed for long meanwhile."""
    with start_temporary(tmp_path) as cloud:
        table = cloud.client("dynamodb")
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table.create_table(TableName="large", **TABLE, StreamSpecification=stream)
        written: list[float] = []
        for first in range(0, MANY, 25):
            puts = [{"PutRequest": {"Item": item(number)}} for number in range(first, first + 25)]
            assert not table.batch_write_item(RequestItems={"large": puts})["UnprocessedItems"]
            written.extend([time.monotonic()] * 25)
        # Not only a burst: changes and removals of single items continue for some saves.
        changed = 0
        end = time.monotonic() + PROMISED_SECONDS
        while time.monotonic() < end:
            values = {":n": {"N": str(changed)}}
            key = {"id": {"S": f"i{changed}"}}
            table.update_item(
                TableName="large", Key=key, UpdateExpression="SET n = :n", ExpressionAttributeValues=values
            )
            table.delete_item(TableName="large", Key={"id": {"S": f"i{MANY - 1 - changed}"}})
            written.append(time.monotonic())
            changed += 1
        killed = time.monotonic()
        kill(cloud)

        assert lifecycle.start(cloud.home)
        kept = read_all(cloud.client("dynamodb"), "large")
        safe = sum(1 for at in written[MANY:] if killed - at >= PROMISED_SECONDS)
        assert [n for n in range(changed, MANY - changed) if kept.get(f"i{n}") != item(n)] == []
        assert [n for n in range(safe) if kept[f"i{n}"].get("n") != {"N": str(n)}] == []
        assert [n for n in range(safe) if f"i{MANY - 1 - n}" in kept] == []
        described = cloud.client("dynamodb").describe_table(TableName="large")["Table"]
        assert described["ItemCount"] == len(kept)
        assert len(read_stream(cloud, described["LatestStreamArn"])) >= MANY


def read_stream(cloud: Cloud, stream: str) -> list[Any]:
    client = cloud.client("dynamodbstreams")
    (shard,) = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records: list[Any] = []
    token = iterator["ShardIterator"]
    while page := client.get_records(ShardIterator=token, Limit=1000):
        records.extend(page["Records"])
        if not page["Records"]:
            return records
        token = page["NextShardIterator"]
    return records


def test_every_way_to_write_an_item_is_saved(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        table = cloud.client("dynamodb")
        table.create_table(TableName="one", **TABLE)
        table.create_table(TableName="again", **TABLE)
        table.put_item(TableName="again", Item=item(1))
        wait_saved(cloud.home, '"i1"')
        table.delete_table(TableName="again")
        table.create_table(TableName="again", **TABLE)
        for number in range(12):
            table.put_item(TableName="one", Item=item(number))
        time_to_save(cloud)
        table.delete_item(TableName="one", Key={"id": {"S": "i0"}})
        values = {":v": {"S": "updated"}}
        key = {"id": {"S": "i1"}}
        table.update_item(TableName="one", Key=key, UpdateExpression="SET v = :v", ExpressionAttributeValues=values)
        table.batch_write_item(RequestItems={"one": [{"DeleteRequest": {"Key": {"id": {"S": "i2"}}}}]})
        table.transact_write_items(
            TransactItems=[
                {"Delete": {"TableName": "one", "Key": {"id": {"S": "i3"}}}},
                {
                    "Update": {
                        "TableName": "one",
                        "Key": {"id": {"S": "i4"}},
                        "UpdateExpression": "SET v = :v",
                        "ExpressionAttributeValues": values,
                    }
                },
            ]
        )
        table.execute_statement(Statement="UPDATE \"one\" SET v = 'x' WHERE id = 'i5'")
        table.execute_statement(Statement="DELETE FROM \"one\" WHERE id = 'i6'")
        table.execute_statement(Statement="INSERT INTO \"one\" VALUE {'id': 'new'}")
        refused = [
            {"Statement": "DELETE FROM \"one\" WHERE id = 'i7'"},
            {"Statement": "INSERT INTO \"one\" VALUE {'id': 'i8'}"},
        ]
        with pytest.raises(table.exceptions.TransactionCanceledException):
            table.execute_transaction(TransactStatements=refused)
        backup = table.create_backup(TableName="one", BackupName="before")["BackupDetails"]["BackupArn"]
        table.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
        before = {name: read_all(table, name) for name in ("one", "again", "restored")}
        time_to_save(cloud)
        kill(cloud)
        assert lifecycle.start(cloud.home)
        after = {name: read_all(cloud.client("dynamodb"), name) for name in before}
        assert after == before
        assert before["again"] == {}
        assert before["restored"] == before["one"]


def test_logs_metrics_and_archives_are_saved(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        logs, metrics, events = (cloud.client(name) for name in ("logs", "cloudwatch", "events"))
        bus = events.create_event_bus(Name="b")["EventBusArn"]
        archive = events.create_archive(ArchiveName="all", EventSourceArn=bus)["ArchiveArn"]
        logs.create_log_group(logGroupName="/g")
        now = int(time.time() * 1000)
        for round_number in range(3):
            # The second batch is late, and the second round creates a stream again under its old name.
            for name in ("kept", f"s{round_number}"):
                logs.create_log_stream(logGroupName="/g", logStreamName=name)
            for offset in (0, -5_000, 5_000):
                message = {"timestamp": now + offset, "message": f"{round_number} at {offset}"}
                logs.put_log_events(logGroupName="/g", logStreamName="kept", logEvents=[message])
            point = {"MetricName": "m", "Value": round_number, "Dimensions": [{"Name": "d", "Value": "1"}]}
            metrics.put_metric_data(Namespace="N", MetricData=[point, {"MetricName": "other", "Value": 1}])
            entry = {"Source": "s", "DetailType": "d", "Detail": f'{{"n": {round_number}}}', "EventBusName": "b"}
            assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
            time_to_save(cloud)
            if round_number < 2:
                logs.delete_log_stream(logGroupName="/g", logStreamName="kept")
        before = remembered(cloud, now)
        assert before[0] == ["2 at -5000", "2 at 0", "2 at 5000"]
        kill(cloud)
        assert lifecycle.start(cloud.home)
        assert remembered(cloud, now) == before
        inbox = cloud.client("sqs").create_queue(QueueName="replayed")["QueueUrl"]
        replay(cloud, archive, bus, inbox)
        found: set[str] = set()

        def all_came() -> bool:
            messages = cloud.client("sqs").receive_message(QueueUrl=inbox, MaxNumberOfMessages=10).get("Messages", [])
            found.update(str(json.loads(message["Body"])["detail"]["n"]) for message in messages)
            return found == {"0", "1", "2"}

        assert lifecycle.wait_until(all_came, 20)


def remembered(cloud: Cloud, now: int) -> tuple[list[str], float, int]:
    """Messages of the log, the sum of the metric, the number of archived events."""
    messages = cloud.client("logs").filter_log_events(logGroupName="/g")["events"]
    at = datetime.fromtimestamp(now / 1000, UTC)
    statistics = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="N",
        MetricName="m",
        Dimensions=[{"Name": "d", "Value": "1"}],
        StartTime=at - timedelta(hours=1),
        EndTime=at + timedelta(hours=1),
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    count = cloud.client("events").describe_archive(ArchiveName="all")["EventCount"]
    return [event["message"] for event in messages], sum(point["Sum"] for point in statistics), count


def replay(cloud: Cloud, archive: str, bus: str, queue: str) -> None:
    events, sqs = cloud.client("events"), cloud.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["s"]}')
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "q", "Arn": arn}])
    at = datetime.now(UTC)
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=at - timedelta(hours=1),
        EventEndTime=at + timedelta(hours=1),
        Destination={"Arn": bus},
    )


def time_to_save(cloud: Cloud) -> None:
    """Return when earlier changes are on the disk."""
    mark = f"/mark/{time.monotonic_ns()}"
    cloud.client("ssm").put_parameter(Name=mark, Value="v", Type="String")
    wait_saved(cloud.home, mark)


def test_a_full_disk_is_logged_and_the_cloud_continues(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        time_to_save(cloud)
        changes = cloud.home.state / "changes"
        changes.mkdir(exist_ok=True)
        for number in range(500):
            for file in (changes / f"{number}.new", cloud.home.state / f"snapshot-{number}.new"):
                if not file.exists():
                    file.symlink_to("/dev/full")
        cloud.client("ssm").put_parameter(Name="/kept", Value="v", Type="String")
        assert lifecycle.wait_until(lambda: "No space left on device" in cloud.home.log.read_text(), 10)
        assert cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "v"
        for file in (*changes.glob("*.new"), *cloud.home.state.glob("*.new")):
            file.unlink()
        wait_saved(cloud.home, "/kept")
        assert lifecycle.wait_until(lambda: "saving the state works again" in cloud.home.log.read_text(), 10)


def test_saved_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        invoke(cloud, make_function(cloud, "def handler(event, context):\n    return 1\n"))
        time_to_save(cloud)
        lifecycle.stop(cloud.home)
        open_to_others = [
            file for file in (cloud.home.folder, *cloud.home.folder.rglob("*")) if file.stat().st_mode & 0o077
        ]
        assert open_to_others == []


def test_reads_cause_no_save(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        time_to_save(cloud)
        quiet = durability.LONGEST + 1
        seen = [(files_of(cloud.home), time.monotonic())]

        def settled() -> bool:
            now = files_of(cloud.home)
            if now != seen[-1][0]:
                seen.append((now, time.monotonic()))
            cloud.client("ssm").get_parameters_by_path(Path="/mark")
            return time.monotonic() - seen[-1][1] > 2 * quiet

        # The save of the mark itself may still be followed by one.
        assert lifecycle.wait_until(settled, 6 * quiet)
        assert len(seen) <= 3


@pytest.mark.parametrize(
    "content", [b'{"iam": {', b'["number",1]\n["service","iam",5]\n["end"]\n', b"\xa2\xff", b"[" * 100_000]
)
def test_a_damaged_state_is_one_readable_line(tmp_path: Path, content: bytes) -> None:
    with start_temporary(tmp_path) as cloud:
        lifecycle.stop(cloud.home)
        (cloud.home.state / SNAPSHOT).write_bytes(content)
        with pytest.raises(LocalCloudError) as raised:
            lifecycle.start(cloud.home)
        assert f"{SNAPSHOT} is damaged" in str(raised.value)
        assert "FRESH=1" in str(raised.value)
        assert "\n" not in str(raised.value)
        assert "Traceback" not in str(raised.value)
        assert cloud.home.running() is None


def test_the_state_of_an_older_version_is_reported(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        lifecycle.stop(cloud.home)
        (cloud.home.state / "snapshot.json").write_text("{}")
        with pytest.raises(LocalCloudError, match=r"older version; `make run FRESH=1`"):
            lifecycle.start(cloud.home)


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
def test_requests_that_may_change_the_state(scope: dict[str, Any], changes: bool) -> None:
    assert durability.may_change(scope) is changes
