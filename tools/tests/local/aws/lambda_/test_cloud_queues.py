"""Queues as event sources: partial answers, malformed ones, filters, and redrive by the queue."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.functions import make_function

RIGHTS = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}


def consumed(cloud: Cloud, source: str, *bodies: str, **options: Any) -> tuple[str, str]:
    """A queue with messages, a function that gets them, and a dead-letter queue. Returns both queues."""
    dead_url, dead = make_queue(cloud)
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    url, arn = make_queue(cloud, VisibilityTimeout="1", RedrivePolicy=redrive)
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=make_function(cloud, source, RIGHTS, Timeout=1), EventSourceArn=arn, BatchSize=10, **options
    )
    return url, dead_url


def left_in(cloud: Cloud, url: str, *states: str) -> int:
    names = [f"ApproximateNumberOfMessages{state}" for state in states or ("", "NotVisible")]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in found.values())


def test_only_failed_messages_return_and_end_in_the_dead_letter_queue(cloud: Cloud) -> None:
    source = """
        def handler(event, context):
            bad = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
            return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
    """
    url, dead = consumed(cloud, source, "a", "bad", "b", FunctionResponseTypes=["ReportBatchItemFailures"])
    assert Inbox(cloud, dead).wait_for(1) == ["bad"]
    assert left_in(cloud, url) == 0


@pytest.mark.parametrize("answer", ['{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', '"done"'])
def test_a_malformed_answer_fails_the_whole_batch(cloud: Cloud, answer: str) -> None:
    """The engine deleted the messages, so they were lost."""
    source = f"def handler(event, context):\n    return {answer}\n"
    _, dead = consumed(cloud, source, "a", "b", FunctionResponseTypes=["ReportBatchItemFailures"])
    assert sorted(Inbox(cloud, dead).wait_for(2)) == ["a", "b"]


def test_messages_excluded_by_a_filter_are_deleted_though_the_batch_fails(cloud: Cloud) -> None:
    source = "def handler(event, context):\n    raise ValueError('no')\n"
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]}
    bodies = [json.dumps({"kind": kind}) for kind in ("wanted", "other")]
    url, dead = consumed(cloud, source, *bodies, FilterCriteria=criteria)
    assert Inbox(cloud, dead).wait_for(1) == [bodies[0]]
    assert left_in(cloud, url) == 0


def test_the_parameters_of_a_stack_become_numbers(cloud: Cloud) -> None:
    """CloudFormation converts them; with a text, no queue at all was polled."""
    function = make_function(cloud, "def handler(event, context):\n    return {}\n", RIGHTS)
    url, arn = make_queue(cloud, VisibilityTimeout="30")
    numbers = {"BatchSize": {"Ref": "Number"}, "ScalingConfig": {"MaximumConcurrency": {"Ref": "Number"}}}
    properties = {"FunctionName": function, "EventSourceArn": arn, **numbers}
    body = {
        "Parameters": {"Number": {"Type": "Number", "Default": 5}},
        "Resources": {"Source": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}},
    }
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="numbers", TemplateBody=json.dumps(body))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="numbers", WaiterConfig={"Delay": 1})
    (mapping,) = cloud.client("lambda").list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (5, {"MaximumConcurrency": 5})
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    poll(lambda: left_in(cloud, url), lambda left: left == 0, seconds=20, what="the message is handled")
    cloudformation.delete_stack(StackName="numbers")


def test_messages_that_functions_held_return_when_the_cloud_starts(tmp_path: Path) -> None:
    """The first delivery never ends."""
    source = """
        import threading
        def handler(event, context):
            if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
                threading.Event().wait()
    """
    with start_temporary(tmp_path) as cloud:
        url, arn = make_queue(cloud, VisibilityTimeout="600")
        function = make_function(cloud, source, RIGHTS, Timeout=100)
        cloud.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=arn)
        lifecycle.stop(cloud.home)  # saves all
        lifecycle.start(cloud.home)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="a")
        poll(lambda: left_in(cloud, url, "NotVisible"), what="that the function holds the message")
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        poll(lambda: left_in(cloud, url) == 0, what="that the message is handled")
