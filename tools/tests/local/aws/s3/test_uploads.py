"""Browser uploads to a bucket, and the notifications about them: S3 -> SNS -> SQS.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config

from tools.local.client import Cloud
from tools.tests.local.forms import post_form
from tools.tests.local.http import call
from tools.tests.local.stacks import Stack, deployed, eventually, template

KEY = "in/a picture.jpg"
SIZE = 5
SIGNING = Config(signature_version="s3v4")


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "uploads", template("uploads")) as made:
        yield made
        empty(cloud, made)


def empty(cloud: Cloud, stack: Stack) -> None:
    bucket, s3 = stack.outputs()["Bucket"], cloud.client("s3")
    for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=each["Key"])


def form(cloud: Cloud, stack: Stack, seconds: int = 60) -> dict[str, Any]:
    made: dict[str, Any] = cloud.client("s3", config=SIGNING).generate_presigned_post(
        stack.outputs()["Bucket"],
        KEY,
        Fields={"Content-Type": "image/jpeg"},
        Conditions=[{"Content-Type": "image/jpeg"}, ["content-length-range", SIZE, SIZE]],
        ExpiresIn=seconds,
    )
    return made


def messages(cloud: Cloud, stack: Stack) -> list[dict[str, Any]]:
    """The messages in the queue, which are deleted."""
    sqs, url = cloud.client("sqs"), stack.outputs()["Queue"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for each in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return [json.loads(each["Body"]) for each in found]


def test_an_upload_is_announced_over_the_topic(cloud: Cloud, stack: Stack) -> None:
    """The first message is S3's test of the destination."""
    made = form(cloud, stack)
    assert post_form(made["url"], made["fields"], b"12345").status == 204
    found: list[dict[str, Any]] = []

    def received() -> bool:
        found.extend(messages(cloud, stack))
        return len(found) >= 2

    eventually(received, "two messages")
    assert [each.get("Event") for each in found] == ["s3:TestEvent", None]
    record = found[1]["Records"][0]
    assert record["eventName"] == "ObjectCreated:Post"
    assert record["s3"]["object"]["key"] == "in/a+picture.jpg"
    assert record["s3"]["object"]["size"] == SIZE
    head = cloud.client("s3").head_object(Bucket=made["fields"].get("bucket", stack.outputs()["Bucket"]), Key=KEY)
    assert head["ContentType"] == "image/jpeg"


def test_objects_outside_of_the_filter_are_not_announced(cloud: Cloud, stack: Stack) -> None:
    s3, bucket = cloud.client("s3"), stack.outputs()["Bucket"]
    s3.put_object(Bucket=bucket, Key="other/x", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/y", Body=b"y")
    found = eventually(lambda: messages(cloud, stack) or None, "a message")
    assert [each["Records"][0]["s3"]["object"]["key"] for each in found] == ["in/y"]


@pytest.mark.parametrize(
    ("change", "content", "status", "code"),
    [
        ({}, b"1234", 400, "EntityTooSmall"),
        ({}, b"123456", 400, "EntityTooLarge"),
        ({"key": "in/other.jpg"}, b"12345", 403, "AccessDenied"),
        ({"Content-Type": "text/html"}, b"12345", 403, "AccessDenied"),
        ({"acl": "public-read"}, b"12345", 403, "AccessDenied"),
        ({"x-amz-signature": "0" * 64}, b"12345", 403, "SignatureDoesNotMatch"),
        (
            {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request"},
            b"12345",
            400,
            "InvalidArgument",
        ),
    ],
)
def test_the_conditions_of_a_form_hold(
    cloud: Cloud, stack: Stack, change: dict[str, str], content: bytes, status: int, code: str
) -> None:
    made = form(cloud, stack)
    answer = post_form(made["url"], {**made["fields"], **change}, content)
    assert (answer.status, f"<Code>{code}</Code>" in answer.body.decode()) == (status, True), answer.body


def test_a_form_expires(cloud: Cloud, stack: Stack) -> None:
    made = form(cloud, stack, seconds=-1)
    answer = post_form(made["url"], made["fields"], b"12345")
    assert (answer.status, b"Policy expired" in answer.body) == (403, True)


def test_a_policy_that_was_changed_is_refused(cloud: Cloud, stack: Stack) -> None:
    made = form(cloud, stack)
    policy = json.loads(base64.b64decode(made["fields"]["policy"]))
    policy["expiration"] = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    changed = base64.b64encode(json.dumps(policy).encode()).decode()
    answer = post_form(made["url"], {**made["fields"], "policy": changed}, b"12345")
    assert (answer.status, b"SignatureDoesNotMatch" in answer.body) == (403, True)


@pytest.mark.parametrize("fields", [{}, {"policy": base64.b64encode(b'{"conditions": []}').decode()}])
def test_a_form_without_a_signature_is_refused(cloud: Cloud, stack: Stack, fields: dict[str, str]) -> None:
    """The bucket is private."""
    made = form(cloud, stack)
    assert post_form(made["url"], {"key": KEY, **fields}, b"12345").status == 403


def test_a_page_of_an_allowed_origin_may_post(cloud: Cloud, stack: Stack) -> None:
    asking = {"access-control-request-method": "POST"}
    url = form(cloud, stack)["url"]
    allowed = call(url, "OPTIONS", headers={**asking, "origin": "https://shop.example"})
    assert (allowed.status, allowed.headers.get("access-control-allow-origin")) == (200, "https://shop.example")
    assert call(url, "OPTIONS", headers={**asking, "origin": "https://other.example"}).status == 403


@pytest.mark.parametrize(("parameter", "value"), [("Publisher", "events.amazonaws.com"), ("TopicKey", "aws")])
def test_a_topic_that_does_not_admit_s3_stops_the_stack(cloud: Cloud, parameter: str, value: str) -> None:
    stack = Stack(cloud, f"refused-{parameter.lower()}")
    assert stack.deploy(template("uploads"), **{parameter: value}).startswith("ROLLBACK")
    assert any("Unable to validate" in reason for _, _, reason in stack.reasons()), stack.reasons()
    stack.delete()


def test_a_queue_that_does_not_admit_the_topic_gets_nothing(cloud: Cloud) -> None:
    with deployed(cloud, "unheard", template("uploads"), Sender="events.amazonaws.com") as stack:
        cloud.client("s3").put_object(Bucket=stack.outputs()["Bucket"], Key="in/x", Body=b"x")
        eventually(lambda: "unheard-" in cloud.home.log.read_text() or None, "the refusal in the log")
        assert messages(cloud, stack) == []
        empty(cloud, stack)
