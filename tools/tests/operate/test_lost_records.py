"""Records of a stream that no attempt could publish: kept in a bucket of the stack, published by `make redrive`."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ecom_client.polling import poll
from tools import ROOT
from tools.local.client import Cloud, start_temporary
from tools.operate.redrive.dead_letter import DeadLetter, FromBucket, is_stream_batch, read, with_object
from tools.operate.redrive.queue import DeadLetterQueue
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.services import read_template
from tools.tests.local.delivery.cloud import EVERYTHING, Inbox, make_queue, make_table, put
from tools.tests.local.functions import make_function
from tools.tests.local.stacks import Stack, deployed

NESTED = ROOT / "shared" / "templates" / "dead-letters.yaml"
# Publishes to a queue. While MODE says so it fails, or answers that it published nothing.
PUBLISHER = """
    import boto3, os
    def handler(event, context):
        records = event["Records"]
        if os.environ["MODE"] == "raise":
            raise RuntimeError("no bus")
        if os.environ["MODE"] == "fail":
            return {"batchItemFailures": [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]}
        for record in records:
            name = record["dynamodb"]["Keys"]["id"]["S"]
            boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=name)
        return {"batchItemFailures": []}
"""
CREATED = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "lost"}, "object": {"key": "aws/lambda/m/s/1"}},
}


def letter(body: Any) -> DeadLetter:
    sent = str(int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000))
    return read(
        {"MessageId": "m", "ReceiptHandle": "r", "Body": json.dumps(body), "Attributes": {"SentTimestamp": sent}}
    )


def stored(**changes: Any) -> str:
    record = {"dynamodb": {"Keys": {"orderId": {"S": "o-1"}}, "SequenceNumber": "1"}}
    body = {
        "requestContext": {
            "functionArn": "arn:aws:lambda:eu-west-1:1:function:ecommerce-dev-orders-announce:live",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 9,
        },
        "DDBStreamBatchInfo": {"streamArn": "a", "shardId": "s", "startSequenceNumber": "1", "endSequenceNumber": "1"},
        "payload": json.dumps({"Records": [record]}),
        **changes,
    }
    return json.dumps({name: value for name, value in body.items() if value is not None})


def test_an_event_about_a_new_object_is_a_dead_letter_with_what_the_object_contains() -> None:
    place = FromBucket("lost", "aws/lambda/m/s/1")
    unread = letter(CREATED)
    assert unread.back_to == place
    found = with_object(unread, place, stored())
    assert (found.code, found.attempts, found.about) == ("RetryAttemptsExhausted", 9, "change of o-1")
    assert is_stream_batch(found.payload)
    # A function that was renamed since is found under its present name.
    assert str(found.back_to) == "function ecommerce-dev-orders-on-table-change:live, records of the stream"


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, "is deleted"), (stored(payload=None), "has no records"), ("nonsense", "has no records")],
)
def test_a_dead_letter_without_its_records_goes_nowhere(text: str | None, reason: str) -> None:
    unread = letter(CREATED)
    found = with_object(unread, FromBucket("lost", "k"), text)
    assert found.back_to is None
    assert reason in found.reason


@dataclass
class OneClient:
    """A target with one client for all services."""

    s3: Any

    def client(self, _service: str) -> Any:
        return self.s3


@pytest.mark.parametrize(("code", "status"), [("NoSuchKey", 404), ("AccessDenied", 403)])
def test_an_object_that_is_gone_does_not_hide_the_other_dead_letters(code: str, status: int) -> None:
    """S3 answers 403 for an object that does not exist to a caller without `s3:ListBucket`."""
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    target: Any = OneClient(s3)
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", code, http_status_code=status)
        assert DeadLetterQueue(target, "url")._text(FromBucket("lost", "k")) is None


# --- on a cloud: the nested stack of every service, a stream, and the command's own code ---
@dataclass
class Lost:
    """A function that reads a stream and lost one record."""

    cloud: Cloud
    stack: Stack
    function: str
    published: Inbox
    dead: DeadLetterQueue

    def mode(self, name: str) -> None:
        variables = {"QUEUE": self.published._url, "MODE": name}
        self.cloud.client("lambda").update_function_configuration(
            FunctionName=self.function, Environment={"Variables": variables}
        )

    def bucket(self) -> str:
        return self.stack.outputs()["BucketArn"].rpartition(":")[2]

    def objects(self) -> list[str]:
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.bucket())
        return [each["Key"] for each in listed.get("Contents", [])]

    def one(self) -> DeadLetter:
        (found,) = poll(self.dead.dead_letters, until=bool, seconds=30, what="dead letters")
        return found


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with start_temporary(tmp_path_factory.mktemp("cloud")) as started:
        yield started


@pytest.fixture
def lost(cloud: Cloud) -> Iterator[Lost]:
    topic = cloud.client("sns").create_topic(Name="alarms")["TopicArn"]
    service = f"s{uuid.uuid4().hex[:6]}"
    given = {"Environment": "local", "Service": service, "AlarmTopicArn": topic, "OfStream": "yes"}
    with deployed(cloud, f"ecommerce-local-{service}-DeadLetters", NESTED.read_text(), **given) as stack:
        queue, _ = make_queue(cloud)
        table, stream = make_table(cloud)
        rights = {**EVERYTHING, "Action": [*EVERYTHING["Action"], "s3:PutObject", "s3:ListBucket"]}
        variables = {"QUEUE": queue, "MODE": "raise"}
        function = make_function(cloud, PUBLISHER, rights, Environment={"Variables": variables}, Timeout=30)
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=function,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            MaximumRetryAttempts=0,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            DestinationConfig={"OnFailure": {"Destination": stack.outputs()["BucketArn"]}},
        )
        put(cloud, table, "a")
        target = Target(Environment("local", "local", "us-east-1"), cloud.session(), cloud.endpoint)
        dead = DeadLetterQueue(target, stack.outputs()["QueueUrl"])
        yield Lost(cloud, stack, function, Inbox(cloud, queue), dead)


def test_lost_records_are_published_and_their_object_is_deleted(lost: Lost) -> None:
    found = lost.one()
    assert (found.code, found.about, found.attempts) == ("RetryAttemptsExhausted", "change of a", 1)
    assert len(lost.objects()) == 1
    lost.mode("publish")
    assert lost.dead.send_back(found) == "sent back"
    assert lost.published.wait_for(1) == ["a"]
    assert lost.objects() == []
    assert lost.dead.dead_letters() == []


@pytest.mark.parametrize(
    ("mode", "said"), [("raise", "the function failed: RuntimeError"), ("fail", "could not publish all records")]
)
def test_records_that_cannot_be_published_yet_are_kept(lost: Lost, mode: str, said: str) -> None:
    found = lost.one()
    lost.mode(mode)
    assert said in lost.dead.send_back(found)
    lost.dead.release(found)
    assert lost.one().id == found.id
    assert len(lost.objects()) == 1


def test_a_record_that_our_code_gave_up_is_kept_if_it_cannot_be_published(lost: Lost) -> None:
    """An asynchronous invocation would have lost it: Lambda ignores batchItemFailures there."""
    lost.dead.delete(lost.one())
    record = {"eventID": "e", "dynamodb": {"Keys": {"id": {"S": "b"}}, "SequenceNumber": "7"}}
    attributes = {"BACK_TO": {"DataType": "String", "StringValue": lost.function}}
    lost.cloud.client("lambda").create_alias(FunctionName=lost.function, Name="live", FunctionVersion="$LATEST")
    lost.cloud.client("sqs").send_message(
        QueueUrl=lost.dead.url, MessageBody=json.dumps(record), MessageAttributes=attributes
    )
    lost.mode("fail")
    found = lost.one()
    assert "could not publish all records" in lost.dead.send_back(found)
    lost.mode("publish")
    assert lost.dead.send_back(found) == "sent back"
    assert lost.published.wait_for(1) == ["b"]


def test_the_bucket_is_encrypted_private_kept_and_its_objects_expire_with_the_queues_messages() -> None:
    template = read_template(Path(NESTED))["Resources"]
    bucket, queue = template["Bucket"], template["Queue"]
    assert (bucket["DeletionPolicy"], bucket["Condition"]) == ("RetainExceptOnCreate", "OfStream")
    properties = bucket["Properties"]
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] * 86_400 == queue["Properties"]["MessageRetentionPeriod"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
