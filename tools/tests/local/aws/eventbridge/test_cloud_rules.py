"""Rules, their targets, and asynchronous invocations in a running cloud."""

import json
import os
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.delivery.cloud import EVERYTHING, Inbox, make_queue
from tools.tests.local.functions import make_function
from tools.tests.local.saved import wait_saved
from tools.tests.local.stacks import deployed

RAISES = """
    def handler(event, context):
        raise ValueError("never works")
"""
FORWARDS = """
    import boto3, json, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
        return {"done": True}
"""


@dataclass
class Bus:
    """A new bus with a rule that matches every event."""

    cloud: Cloud
    name: str
    rule: str = ""

    def put_target(self, arn: str, **options: Any) -> None:
        target = {"Id": uuid.uuid4().hex, "Arn": arn, **options}
        self.cloud.client("events").put_targets(Rule="all", EventBusName=self.name, Targets=[target])

    def send(self, **detail: Any) -> None:
        entry = {"Source": "test", "DetailType": "Happened", "Detail": json.dumps(detail), "EventBusName": self.name}
        assert self.cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    def admit_to_queue(self, url: str, arn: str) -> None:
        policy = statement("sqs:SendMessage", arn, self.rule)
        self.cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def admit_to_function(self, name: str) -> None:
        self.cloud.client("lambda").add_permission(
            FunctionName=name,
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=self.rule,
        )


def statement(action: str, resource: str, source: str) -> str:
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": action,
                "Resource": resource,
                "Condition": {"ArnEquals": {"aws:SourceArn": source}},
            }
        ],
    })  # fmt: skip


def make_bus(cloud: Cloud) -> Bus:
    bus = Bus(cloud, f"bus-{uuid.uuid4().hex[:8]}")
    events = cloud.client("events")
    events.create_event_bus(Name=bus.name)
    bus.rule = events.put_rule(Name="all", EventBusName=bus.name, EventPattern='{"source": ["test"]}')["RuleArn"]
    return bus


@pytest.fixture
def bus(cloud: Cloud) -> Bus:
    return make_bus(cloud)


def arn_of(cloud: Cloud, function: str) -> str:
    return str(cloud.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"])


def attempts_of(cloud: Cloud, function: str) -> int:
    """How often a function was started."""
    pages = cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return sum(event["message"].startswith("START") for page in pages for event in page["events"])


def test_a_consumer_that_always_raises_gets_three_attempts_then_a_dead_letter(cloud: Cloud, bus: Bus) -> None:
    url, arn = make_queue(cloud)
    function = make_function(cloud, RAISES, EVERYTHING, DeadLetterConfig={"TargetArn": arn})
    bus.admit_to_function(function)
    bus.put_target(arn_of(cloud, function))
    bus.send(number=1)
    inbox = Inbox(cloud, url)
    (event,) = inbox.wait_json()
    assert event["detail"] == {"number": 1}
    attributes = inbox.attributes()
    assert attributes["ErrorMessage"] == "never works"
    assert attributes["ErrorCode"] == "200"
    assert attributes["RequestID"]
    assert attempts_of(cloud, function) == 3


def test_destinations_of_an_alias_get_records(cloud: Cloud) -> None:
    good_url, good = make_queue(cloud)
    bad_url, bad = make_queue(cloud)
    functions = cloud.client("lambda")
    for source, url, condition in ((RAISES, bad_url, "RetriesExhausted"), ("def handler(e, c): return 7\n", good_url,
                                                                             "Success")):  # fmt: skip
        name = make_function(cloud, source, EVERYTHING)
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        functions.put_function_event_invoke_config(
            FunctionName=name,
            Qualifier="live",
            MaximumRetryAttempts=0,
            DestinationConfig={"OnSuccess": {"Destination": good}, "OnFailure": {"Destination": bad}},
        )
        functions.invoke(FunctionName=name, Qualifier="live", InvocationType="Event", Payload=b'{"a": 1}')
        (record,) = Inbox(cloud, url).wait_json()
        assert record["requestContext"]["condition"] == condition
        assert record["requestContext"]["functionArn"].endswith(f":{name}:live")
        assert record["requestContext"]["approximateInvokeCount"] == 1
        assert record["requestPayload"] == {"a": 1}
        assert record["responseContext"]["executedVersion"] == version
    assert record["responsePayload"] == 7


def test_the_destination_of_latest_is_that_of_a_function_without_qualifier(cloud: Cloud) -> None:
    url, bad = make_queue(cloud)
    functions = cloud.client("lambda")
    name = make_function(cloud, RAISES, EVERYTHING)
    functions.put_function_event_invoke_config(
        FunctionName=name,
        Qualifier="$LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": bad}},
    )
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"1")
    functions.invoke(FunctionName=name, Qualifier="$LATEST", InvocationType="Event", Payload=b"2")
    records = Inbox(cloud, url).wait_json(2)
    assert sorted(record["requestPayload"] for record in records) == [1, 2]


@pytest.mark.parametrize("kind", ["queue", "function", "topic"])
def test_a_target_that_does_not_allow_the_rule_gets_nothing_and_the_event_becomes_a_dead_letter(
    cloud: Cloud, bus: Bus, kind: str
) -> None:
    url, queue = make_queue(cloud)
    if kind == "queue":
        target = queue
    elif kind == "function":
        target = arn_of(cloud, make_function(cloud, FORWARDS, EVERYTHING, Environment={"Variables": {"QUEUE": url}}))
    else:
        target = cloud.client("sns").create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    dead_url, dead = make_queue(cloud)
    bus.admit_to_queue(dead_url, dead)
    bus.put_target(target, Input='{"changed": true}', DeadLetterConfig={"Arn": dead})
    bus.send(number=2)
    inbox = Inbox(cloud, dead_url)
    (event,) = inbox.wait_json()
    assert event["detail"] == {"number": 2}, "the event, not the target's input"
    attributes = inbox.attributes()
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "RULE_ARN": bus.rule,
        "TARGET_ARN": target,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert Inbox(cloud, url).bodies == []


def test_an_undeliverable_event_without_a_queue_is_logged(cloud: Cloud, bus: Bus) -> None:
    _, target = make_queue(cloud)
    bus.put_target(target)
    bus.send()
    line = f"not delivered to {target} (NO_PERMISSIONS"
    assert lifecycle.wait_until(lambda: line in cloud.home.log.read_text(), 10)


def test_a_deleted_target_is_reported_as_missing(cloud: Cloud, bus: Bus) -> None:
    dead_url, dead = make_queue(cloud)
    bus.admit_to_queue(dead_url, dead)
    bus.put_target("arn:aws:lambda:us-east-1:000000000000:function:gone", DeadLetterConfig={"Arn": dead})
    bus.send()
    inbox = Inbox(cloud, dead_url)
    inbox.wait_for(1)
    assert inbox.attributes()["ERROR_CODE"] == "NO_RESOURCE"


def test_a_queue_whose_key_does_not_allow_eventbridge_gets_nothing(cloud: Cloud, bus: Bus) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    for encrypted in (key, "alias/aws/sqs"):
        url, target = make_queue(cloud, KmsMasterKeyId=encrypted)
        bus.admit_to_queue(url, target)
        bus.put_target(target)
        bus.send()
        line = f"its key {encrypted} does not allow EventBridge"
        assert lifecycle.wait_until(lambda line=line: line in cloud.home.log.read_text(), 10)  # type: ignore[misc]  # a lambda's default has no type
        assert Inbox(cloud, url).bodies == []


def test_a_transformed_input_reaches_a_queue_that_allows_the_rule(cloud: Cloud, bus: Bus) -> None:
    url, target = make_queue(cloud)
    bus.admit_to_queue(url, target)
    transformer = {"InputPathsMap": {"n": "$.detail.number"}, "InputTemplate": '{"got": <n>}'}
    bus.put_target(target, InputTransformer=transformer)
    bus.send(number=3)
    assert Inbox(cloud, url).wait_json() == [{"got": 3}]


def test_a_topic_invokes_only_functions_that_allow_it(cloud: Cloud) -> None:
    url, _ = make_queue(cloud)
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    name = make_function(cloud, FORWARDS, EVERYTHING, Environment={"Variables": {"QUEUE": url}})
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn_of(cloud, name))
    sns.publish(TopicArn=topic, Message="refused")
    line = f"{topic}: not delivered to"
    assert lifecycle.wait_until(lambda: line in cloud.home.log.read_text(), 10)
    cloud.client("lambda").add_permission(
        FunctionName=name,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    sns.publish(TopicArn=topic, Message="taken")
    (event,) = Inbox(cloud, url).wait_json()
    assert event["Records"][0]["Sns"]["Message"] == "taken"


def kill(cloud: Cloud) -> None:
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)


def test_accepted_work_survives_an_immediate_kill(tmp_path: Path) -> None:
    """Accepted after the last snapshot: the journal has it. Every event is handled at least once."""
    with start_temporary(tmp_path) as cloud:
        url, queue = make_queue(cloud)
        bus = make_bus(cloud)
        bus.admit_to_queue(url, queue)
        bus.put_target(queue)
        function = make_function(cloud, FORWARDS, EVERYTHING, Environment={"Variables": {"QUEUE": url}})
        bus.admit_to_function(function)
        bus.put_target(arn_of(cloud, function), Input='{"detail": {"carried-by": "function"}}')
        wait_saved(cloud.home, "carried-by")
        for number in range(30):
            bus.send(number=number)
        kill(cloud)
        lifecycle.start(cloud.home)
        inbox = Inbox(cloud, url)

        def all_there() -> bool:
            details = [json.loads(body)["detail"] for body in inbox.bodies]
            numbers = {detail.get("number") for detail in details}
            return numbers >= set(range(30)) and sum("carried-by" in detail for detail in details) >= 30

        assert lifecycle.wait_until(all_there, 60), len(inbox.messages)


def test_an_invocation_survives_a_stop_between_two_attempts(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        url, queue = make_queue(cloud)
        function = make_function(cloud, RAISES, EVERYTHING, DeadLetterConfig={"TargetArn": queue})
        cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        inbox = Inbox(cloud, url)
        inbox.wait_for(1)
        assert inbox.attributes()["ErrorMessage"] == "never works"


RULE = """
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Dead: { Type: AWS::SQS::Queue }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: templated } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [test] }
      Targets:
        - { Id: queue, Arn: !GetAtt Queue.Arn, DeadLetterConfig: { Arn: !GetAtt Dead.Arn } }
  Policies:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Dead]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: events.amazonaws.com }
            Action: sqs:SendMessage
            Resource: "*"
            Condition: { ArnLike: { "aws:SourceArn": !GetAtt Rule.Arn } }
Outputs:
  Dead: { Value: !Ref Dead }
"""


def test_a_rule_of_a_template_has_its_dead_letter_queue(cloud: Cloud) -> None:
    with deployed(cloud, "templated", RULE) as stack:
        Bus(cloud, "templated").send(number=4)
        (event,) = Inbox(cloud, stack.outputs()["Dead"]).wait_json()
        assert event["detail"] == {"number": 4}
