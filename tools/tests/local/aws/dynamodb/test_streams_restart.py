"""Table streams across a restart: unread records are read, read ones are not read again."""

import uuid
from pathlib import Path
from typing import Any

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.functions import make_function

READER = """
    import boto3, os
    def handler(event, context):
        sqs = boto3.client("sqs")
        for record in event["Records"]:
            sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=record["dynamodb"]["Keys"]["id"]["S"])
"""


def test_a_reader_continues_at_its_position(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        dynamodb, functions = cloud.client("dynamodb"), cloud.client("lambda")
        queue = cloud.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
        dynamodb.create_table(
            TableName="watched",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        stream = dynamodb.describe_table(TableName="watched")["Table"]["LatestStreamArn"]
        allowed = [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
        ]
        name = make_function(cloud, READER, *allowed, Environment={"Variables": {"QUEUE": queue}})
        mapping = functions.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=5
        )["UUID"]
        before = [put(cloud) for _ in range(7)]
        seen: list[str] = []
        poll(lambda: receive(cloud, queue, seen), until=lambda found: set(before) <= set(found), what="the first seven")

        # Written while no reader runs, so that there are unread records after the restart.
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
        state = lambda: functions.get_event_source_mapping(UUID=mapping)["State"]  # noqa: E731 - shorter than its name is long
        poll(state, until=lambda found: found == "Disabled", what="the reader to stop")
        unread = [put(cloud) for _ in range(3)]
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)

        cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
        after = [put(cloud) for _ in range(2)]
        wanted = set(before + unread + after)
        poll(lambda: receive(cloud, queue, seen), until=lambda found: wanted <= set(found), what="all twelve")
        assert sorted(seen) == sorted(wanted), "nothing twice"


def put(cloud: Cloud) -> str:
    name = uuid.uuid4().hex
    cloud.client("dynamodb").put_item(TableName="watched", Item={"id": {"S": name}})
    return name


def receive(cloud: Cloud, queue: str, seen: list[str]) -> list[str]:
    sqs: Any = cloud.client("sqs")
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        seen.append(message["Body"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return seen
