"""Readers of streams in a running cloud."""

import json
import os
import re
import signal
import time
import uuid
from pathlib import Path

import pytest

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.delivery.cloud import Inbox, make_queue, make_table, put, reporter
from tools.tests.local.functions import LOG_ACTIONS, make_function
from tools.tests.local.measured import measured
from tools.tests.local.saved import wait_saved


def test_a_poison_record_is_isolated_and_the_rest_arrive_in_order(cloud: Cloud) -> None:
    table, stream = make_table(cloud)
    queue, _ = make_queue(cloud)
    dead, dead_arn = make_queue(cloud)
    names = [f"{number:02d}" for number in range(20)]
    put(cloud, table, *names)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=reporter(cloud, queue, POISON="13"),
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        BatchSize=20,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": dead_arn}},
    )
    (body,) = Inbox(cloud, dead).wait_json()
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["requestContext"]["approximateInvokeCount"] == 3
    assert body["DDBStreamBatchInfo"]["batchSize"] == 1
    assert body["DDBStreamBatchInfo"]["streamArn"] == stream
    assert Inbox(cloud, queue).wait_for(19) == [name for name in names if name != "13"]


def test_a_partial_answer_is_evaluated(cloud: Cloud) -> None:
    """The engine counted an answer with failures as success, so the events were lost."""
    source = """
        import boto3, os
        def handler(event, context):
            sqs = boto3.client("sqs")
            for record in event["Records"]:
                name = record["dynamodb"]["Keys"]["id"]["S"]
                if name == "bad":
                    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
                sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=name)
    """
    table, stream = make_table(cloud)
    queue, _ = make_queue(cloud)
    dead, dead_arn = make_queue(cloud)
    put(cloud, table, "a", "bad", "b", "c")
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=reporter(cloud, queue, source),
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": dead_arn}},
    )
    (body,) = Inbox(cloud, dead).wait_json()
    assert body["DDBStreamBatchInfo"]["batchSize"] == 1
    assert Inbox(cloud, queue).wait_for(3) == ["a", "b", "c"]


def test_a_slow_handler_delays_no_other_table(cloud: Cloud) -> None:
    queues = []
    for seconds in ("6", "0"):
        table, stream = make_table(cloud)
        queue, _ = make_queue(cloud)
        name = reporter(cloud, queue, SLOW=seconds)
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )
        queues.append((table, queue))
    (slow_table, slow_queue), (quick_table, quick_queue) = queues
    put(cloud, quick_table, "warm")
    quick = Inbox(cloud, quick_queue)
    quick.wait_for(1)
    put(cloud, slow_table, "one")
    begin = time.monotonic()
    put(cloud, quick_table, "two")
    quick.wait_for(2)
    assert time.monotonic() - begin < 3
    slow = Inbox(cloud, slow_queue)
    assert slow.bodies == []
    slow.wait_for(1)
    assert time.monotonic() - begin > 5


def test_a_role_without_permission_for_its_destination_loses_the_record(cloud: Cloud) -> None:
    """As on AWS, but the log reports it."""
    table, stream = make_table(cloud)
    dead, dead_arn = make_queue(cloud)
    name = make_function(cloud, "def handler(event, context):\n    raise ValueError('no')\n")
    put(cloud, table, "a")
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": dead_arn}},
    )
    line = f"a message to {dead_arn} is dropped: the role of the function lacks sqs:SendMessage"
    assert lifecycle.wait_until(lambda: line in cloud.home.log.read_text(), 20)
    assert Inbox(cloud, dead).bodies == []


def test_a_kill_in_the_middle_of_a_batch_loses_nothing(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        table, stream = make_table(cloud)
        queue, _ = make_queue(cloud)
        name = reporter(cloud, queue, SLOW="30")
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )
        put(cloud, table, *"abc")
        wait_saved(cloud.home, '"S":"c"')
        pid = cloud.home.running()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)
        lifecycle.start(cloud.home)
        cloud.client("lambda").update_function_configuration(
            FunctionName=name, Environment={"Variables": {"QUEUE": queue, "SLOW": "0"}}
        )
        # Work that started before the change of the function still sleeps. A stop ends it without counting an attempt.
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        inbox = Inbox(cloud, queue)
        # At least once: the killed function may have reported before.
        poll(lambda: set(inbox.bodies), until=lambda bodies: bodies == {"a", "b", "c"}, seconds=30, what="all records")


def test_an_attempt_that_a_clean_stop_interrupts_does_not_count(tmp_path: Path) -> None:
    """Even with no retry allowed, an invocation that the stop interrupts is repeated, not given up."""
    with start_temporary(tmp_path) as cloud:
        table, stream = make_table(cloud)
        queue, _ = make_queue(cloud)
        dead, dead_arn = make_queue(cloud)
        name = reporter(cloud, queue, SLOW="2")
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=name,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": dead_arn}},
        )
        put(cloud, table, "a")
        group = f"/aws/lambda/{name}"
        groups = lambda: cloud.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]  # noqa: E731 - shorter than its name is long
        poll(groups, until=lambda found: not found, what="the function to be asleep")
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        assert Inbox(cloud, queue).wait_for(1) == ["a"]
        assert Inbox(cloud, dead).bodies == []


def lose_one(cloud: Cloud, *actions: str) -> tuple[str, str]:
    """Let a function with these rights fail on the one record of a table; the bucket for it, and the mapping's id."""
    bucket = f"lost-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(Bucket=bucket)
    table, stream = make_table(cloud)
    put(cloud, table, "a")
    rights = {"Effect": "Allow", "Action": ["dynamodb:*", *actions, *LOG_ACTIONS], "Resource": "*"}
    mapping = cloud.client("lambda").create_event_source_mapping(
        FunctionName=make_function(cloud, "def handler(event, context):\n    raise ValueError('no')\n", rights),
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    return bucket, mapping["UUID"]


def test_a_bucket_as_destination_keeps_the_whole_record(cloud: Cloud) -> None:
    bucket, mapping = lose_one(cloud, "s3:PutObject", "s3:ListBucket")
    s3 = cloud.client("s3")
    (stored,) = poll(
        lambda: s3.list_objects_v2(Bucket=bucket).get("Contents", []), until=bool, seconds=30, what="objects"
    )
    pattern = (
        rf"aws/lambda/{mapping}/shardId-[\d-]+/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[\da-f-]{{36}}"
    )
    assert re.fullmatch(pattern, stored["Key"])
    body = json.loads(s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"].read())
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    (record,) = json.loads(body["payload"])["Records"]
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
    assert record["dynamodb"]["SequenceNumber"] == body["DDBStreamBatchInfo"]["startSequenceNumber"]


@pytest.mark.parametrize(("allowed", "missing"), [("s3:ListBucket", "s3:PutObject"), ("s3:PutObject", "s3:ListBucket")])
def test_a_bucket_needs_both_permissions(cloud: Cloud, allowed: str, missing: str) -> None:
    bucket, _ = lose_one(cloud, allowed)
    line = f"a message to arn:aws:s3:::{bucket} is dropped: the role of the function lacks {missing}"
    assert lifecycle.wait_until(lambda: line in cloud.home.log.read_text(), 20)
    assert "Contents" not in cloud.client("s3").list_objects_v2(Bucket=bucket)


def test_the_age_of_a_batchs_last_record_is_measured_also_when_the_function_fails(cloud: Cloud) -> None:
    table, stream = make_table(cloud)
    queue, _ = make_queue(cloud)
    function = reporter(cloud, queue, POISON="a")
    put(cloud, table, "a")
    mapping = cloud.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=-1
    )
    ages = poll(
        lambda: measured(cloud, "AWS/Lambda", "IteratorAge", "Maximum", FunctionName=function),
        lambda found: bool(found) and max(found) >= 2000,
        what="an age of two seconds, as the record is retried",
    )
    assert max(ages) < 120_000
    assert sum(measured(cloud, "AWS/Lambda", "Errors", "Sum")) >= 1, "of all functions of the account"
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
