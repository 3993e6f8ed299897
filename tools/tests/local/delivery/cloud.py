"""Tables, queues and functions for tests of delivery against a temporary cloud."""

import json
import uuid
from typing import Any

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.functions import LOG_ACTIONS, make_function

EVERYTHING = {"Effect": "Allow", "Action": ["sqs:SendMessage", "dynamodb:*", *LOG_ACTIONS], "Resource": "*"}

# Reports its records to a queue. Poison raises; `slow` in the environment sleeps first.
REPORTER = """
    import boto3, json, os, time
    def handler(event, context):
        time.sleep(float(os.environ.get("SLOW", "0")))
        names = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        if os.environ.get("POISON") in names:
            raise ValueError("poison")
        sqs = boto3.client("sqs")
        for name in names:
            sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=name)
"""


def make_queue(cloud: Cloud, **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def make_table(cloud: Cloud) -> tuple[str, str]:
    """Name and stream of a new table."""
    name = f"table-{uuid.uuid4().hex[:8]}"
    table = cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name, table["TableDescription"]["LatestStreamArn"]


def put(cloud: Cloud, table: str, *names: str) -> None:
    for name in names:
        cloud.client("dynamodb").put_item(TableName=table, Item={"id": {"S": name}})


def receive(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    """Receive and delete all visible messages of a queue."""
    sqs, found = cloud.client("sqs"), []
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in answer.get("Messages", []):
            found.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if not answer.get("Messages"):
            return found


class Inbox:
    """The messages that a queue has received so far."""

    def __init__(self, cloud: Cloud, url: str) -> None:
        self._cloud, self._url = cloud, url
        self.messages: list[dict[str, Any]] = []

    @property
    def bodies(self) -> list[str]:
        self.messages += receive(self._cloud, self._url)
        return [message["Body"] for message in self.messages]

    def wait_for(self, count: int, seconds: float = 30) -> list[str]:
        """The bodies, once there are as many."""
        return poll(lambda: self.bodies, until=lambda found: len(found) >= count, what="messages", seconds=seconds)

    def wait_json(self, count: int = 1, seconds: float = 30) -> list[Any]:
        return [json.loads(body) for body in self.wait_for(count, seconds)]

    def attributes(self, index: int = 0) -> dict[str, str]:
        found = self.messages[index].get("MessageAttributes", {})
        return {name: value["StringValue"] for name, value in found.items()}


def reporter(cloud: Cloud, queue: str, source: str = REPORTER, **variables: str) -> str:
    variables = {"QUEUE": queue, **variables}
    return make_function(cloud, source, EVERYTHING, Environment={"Variables": variables}, Timeout=30)
