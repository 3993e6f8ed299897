"""Targets that are buses and state machines, unsupported targets, and the metrics of a rule."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.aws.eventbridge.test_cloud_rules import Bus, make_bus
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.stacks import Stack


@pytest.fixture
def bus(cloud: Cloud) -> Bus:
    return make_bus(cloud)


def make_role(cloud: Cloud, service: str, *statements: dict[str, Any]) -> str:
    iam, name = cloud.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn


def kept(cloud: Cloud, bus: Bus) -> tuple[Inbox, str]:
    """A dead-letter queue that allows the rule."""
    url, arn = make_queue(cloud)
    bus.admit_to_queue(url, arn)
    return Inbox(cloud, url), arn


EVENTS = "events.amazonaws.com"


def test_a_bus_gets_the_event_through_an_allowed_role(cloud: Cloud, bus: Bus) -> None:
    other = make_bus(cloud)
    url, queue = make_queue(cloud)
    other.admit_to_queue(url, queue)
    other.put_target(queue)
    arn = other.rule.replace(":rule/", ":event-bus/").rpartition("/")[0]
    role = make_role(cloud, EVENTS, {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn})
    bus.put_target(arn, RoleArn=role)
    bus.send(number=1)
    (event,) = Inbox(cloud, url).wait_json()
    assert (event["source"], event["detail"]) == ("test", {"number": 1})


@pytest.mark.parametrize("lacks", ["right", "trust"])
@pytest.mark.parametrize("kind", ["bus", "state machine"])
def test_a_role_without_permission_delivers_nothing(cloud: Cloud, bus: Bus, kind: str, lacks: str) -> None:
    other = make_bus(cloud)
    arn = other.rule.replace(":rule/", ":event-bus/").rpartition("/")[0]
    action = "events:PutEvents"
    if kind == "state machine":
        arn, action = make_machine(cloud), "states:StartExecution"
    rights = [] if lacks == "right" else [{"Effect": "Allow", "Action": action, "Resource": "*"}]
    inbox, dead = kept(cloud, bus)
    bus.put_target(arn, RoleArn=make_role(cloud, EVENTS if lacks == "right" else "lambda.amazonaws.com", *rights),
                   DeadLetterConfig={"Arn": dead})  # fmt: skip
    bus.send(number=2)
    (event,) = inbox.wait_json()
    assert event["detail"] == {"number": 2}
    assert inbox.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"


def make_machine(cloud: Cloud, **top: str) -> str:
    definition = json.dumps({**top, "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    made = cloud.client("stepfunctions").create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}",
        definition=definition,
        roleArn=make_role(cloud, "states.amazonaws.com"),
    )
    return str(made["stateMachineArn"])


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_state_machine_is_started_through_an_allowed_role(cloud: Cloud, bus: Bus, language: str) -> None:
    arn = make_machine(cloud, QueryLanguage=language)
    role = make_role(cloud, EVENTS, {"Effect": "Allow", "Action": "states:StartExecution", "Resource": arn})
    bus.put_target(arn, RoleArn=role, Input='{"given": 1}')
    bus.send()
    states = cloud.client("stepfunctions")
    (execution,) = poll(
        lambda: states.list_executions(stateMachineArn=arn)["executions"], until=bool, what="an execution"
    )
    described = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"]) == {"given": 1}


OF_THE_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "000000000000"}}
OF_A_RULE = {"ArnLike": {"aws:SourceArn": "arn:aws:events:*"}}


def make_topic(cloud: Cloud, condition: dict[str, Any], of_key: dict[str, Any]) -> tuple[str, Inbox]:
    """A topic, encrypted with a key, that sends to a queue. The conditions are those of EventBridge's statements."""
    sns, inbox = cloud.client("sns"), make_queue(cloud)
    use = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"]}
    policy = {"Version": "2012-10-17", "Statement": [{**use, "Resource": "*", **of_key}]}
    key = cloud.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publish = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sns:Publish", "Resource": topic}
    policy = {"Version": "2012-10-17", "Statement": [{**publish, **condition}]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    url, queue = inbox
    send = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**send, "Resource": queue}]}
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return topic, Inbox(cloud, url)


def test_a_topic_gets_the_event_if_eventbridge_may_publish_and_use_its_key(cloud: Cloud, bus: Bus) -> None:
    topic, inbox = make_topic(cloud, {}, {})
    bus.put_target(topic)
    bus.send(number=1)
    (message,) = inbox.wait_json()
    assert json.loads(message["Message"])["detail"] == {"number": 1}


@pytest.mark.parametrize("condition", [OF_THE_ACCOUNT, OF_A_RULE], ids=["account", "rule"])
@pytest.mark.parametrize("place", ["topic", "key"])
def test_eventbridge_supplies_no_condition_keys_to_a_topic_and_its_key(
    cloud: Cloud, bus: Bus, place: str, condition: dict[str, Any]
) -> None:
    # The page "Using resource-based policies for Amazon EventBridge", and of SNS "Managing Amazon SNS encryption keys".
    narrow: dict[str, Any] = {"Condition": condition}
    topic, inbox = make_topic(cloud, narrow, {}) if place == "topic" else make_topic(cloud, {}, narrow)
    dead_letters, dead = kept(cloud, bus)
    bus.put_target(topic, DeadLetterConfig={"Arn": dead})
    bus.send(number=2)
    dead_letters.wait_for(1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    assert inbox.bodies == []


HERE = "us-east-1:000000000000"
NOT_SERVED = {
    f"arn:aws:kinesis:{HERE}:stream/s": "kinesis is not served here as a target",
    f"arn:aws:events:{HERE}:api-destination/d/1": "API destinations are not served here as a target",
    f"arn:aws:states:{HERE}:stateMachine:m": "RoleArn is required",
    f"arn:aws:events:{HERE}:event-bus/b": "RoleArn is required",
}


@pytest.mark.parametrize("arn", NOT_SERVED)
def test_unsupported_alarms_are_refused_when_they_are_created(cloud: Cloud, bus: Bus, arn: str) -> None:
    with pytest.raises(ClientError, match=NOT_SERVED[arn]):
        bus.put_target(arn)


RULE = """
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [test] }
      Targets: [{ Id: stream, Arn: !Sub "arn:aws:kinesis:us-east-1:${AWS::AccountId}:stream/s" }]
"""


def test_a_template_with_an_unsupported_target_is_refused_in_one_line(cloud: Cloud) -> None:
    stack = Stack(cloud, "not-served")
    assert stack.deploy(RULE) == "ROLLBACK_COMPLETE"
    served = "a function, queue, topic, bus, pipeline or state machine"
    text = f"target stream: kinesis is not served here as a target; use {served}"
    assert any(text in reason for _, _, reason in stack.reasons())
    stack.delete()


def test_a_rule_is_measured(cloud: Cloud, bus: Bus) -> None:
    url, good = make_queue(cloud)
    bus.admit_to_queue(url, good)
    bus.put_target(good)
    inbox, dead = kept(cloud, bus)
    bus.put_target("arn:aws:lambda:us-east-1:000000000000:function:gone", DeadLetterConfig={"Arn": dead})
    bus.put_target("arn:aws:lambda:us-east-1:000000000000:function:lost")
    bus.send()
    inbox.wait_for(1)
    now = datetime.now(UTC)

    def measured() -> dict[str, float]:
        found = {}
        for name in ("Invocations", "FailedInvocations", "InvocationsSentToDlq"):
            points = cloud.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/Events",
                MetricName=name,
                Dimensions=[{"Name": "EventBusName", "Value": bus.name}, {"Name": "RuleName", "Value": "all"}],
                StartTime=now - timedelta(minutes=5),
                EndTime=now + timedelta(minutes=5),
                Period=600,
                Statistics=["Sum"],
            )["Datapoints"]
            found[name] = sum(point["Sum"] for point in points)
        return found

    wanted = {"Invocations": 3, "FailedInvocations": 1, "InvocationsSentToDlq": 1}
    poll(measured, until=lambda found: found == wanted, what=str(wanted))
