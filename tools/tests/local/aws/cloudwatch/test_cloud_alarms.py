"""Alarms of a running cloud, with their real periods."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.aws.cloudformation.ignored import from_folder, lines
from tools.local.client import Cloud
from tools.tests.local.aws.eventbridge.test_cloud_rules import RAISES, arn_of, attempts_of, make_bus
from tools.tests.local.delivery.cloud import EVERYTHING, Inbox, make_queue
from tools.tests.local.functions import MAY_LOG, invoke, make_function
from tools.tests.local.stacks import Stack, deployed

PERIOD = 60


def make_alarm(cloud: Cloud, namespace: str, metric: str, dimensions: dict[str, str], **options: Any) -> str:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        **{
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **options,
        },
    )
    return name


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(alarm)


def wait_for_state(cloud: Cloud, name: str, state: str, seconds: float = PERIOD) -> dict[str, Any]:
    return poll(
        lambda: described(cloud, name), until=lambda seen: seen["StateValue"] == state, seconds=seconds, what=state
    )


def make_topic(cloud: Cloud, policy: dict[str, Any] | None = None, key: str = "") -> tuple[str, Inbox]:
    """A topic, and the messages of a queue that is subscribed to it."""
    sns, (url, queue) = cloud.client("sns"), make_queue(cloud)
    attributes = {"KmsMasterKeyId": key} if key else {}
    topic: str = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}", Attributes=attributes)["TopicArn"]
    if policy:
        text = json.dumps({"Version": "2012-10-17", "Statement": [{**policy, "Resource": topic}]})
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
               "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}  # fmt: skip
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allowed]})}
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return topic, Inbox(cloud, url)


PUBLISH = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}


def test_a_message_in_a_queue_raises_an_alarm_within_the_period_and_is_published(cloud: Cloud) -> None:
    topic, inbox = make_topic(cloud, PUBLISH)
    url, queue = make_queue(cloud)
    queue_name = queue.rpartition(":")[2]
    name = make_alarm(
        cloud,
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": queue_name},
        Statistic="Maximum",
        AlarmActions=[topic],
    )
    wait_for_state(cloud, name, "OK")
    begin = time.monotonic()
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="dead")
    alarm = wait_for_state(cloud, name, "ALARM")
    assert time.monotonic() - begin < PERIOD / 2
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
    (envelope,) = inbox.wait_json()
    assert envelope["Subject"] == f'ALARM: "{name}" in US East (N. Virginia)'
    alert = json.loads(envelope["Message"])
    assert (alert["AlarmName"], alert["OldStateValue"], alert["NewStateValue"]) == (
        name,
        "OK",
        "ALARM",
    )
    assert alert["NewStateReason"] == alarm["StateReason"]
    assert alert["AlarmArn"] == alarm["AlarmArn"]
    assert datetime.strptime(alert["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z").utcoffset() == timedelta(0)
    assert alert["Trigger"] == {
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Namespace": "AWS/SQS",
        "StatisticType": "Statistic",
        "Statistic": "MAXIMUM",
        "Unit": None,
        "Dimensions": [{"value": queue_name, "name": "QueueName"}],
        "Period": PERIOD,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }
    history = cloud.client("cloudwatch").describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
    assert history[0]["HistorySummary"] == "Alarm updated from OK to ALARM"


def test_a_consumer_that_always_raises_ends_in_an_alarm(cloud: Cloud) -> None:
    """Three attempts, the event with its reason in the dead-letter queue, that queue's alarm within its period, and a
    message to the topic's subscribers."""
    bus = make_bus(cloud)
    url, dead = make_queue(cloud)
    topic, inbox = make_topic(cloud, PUBLISH)
    dimensions = {"QueueName": dead.rpartition(":")[2]}
    alarm = make_alarm(cloud, "AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions, Statistic="Maximum",
                       AlarmActions=[topic])  # fmt: skip
    function = make_function(cloud, RAISES, EVERYTHING, DeadLetterConfig={"TargetArn": dead})
    bus.admit_to_function(function)
    bus.put_target(arn_of(cloud, function))
    begin = time.monotonic()
    bus.send(order="o1")
    wait_for_state(cloud, alarm, "ALARM")
    assert time.monotonic() - begin < PERIOD
    assert attempts_of(cloud, function) == 3
    (envelope,) = inbox.wait_json()
    alert = json.loads(envelope["Message"])
    assert (alert["AlarmName"], alert["NewStateValue"]) == (alarm, "ALARM")
    kept = Inbox(cloud, url)
    (event,) = kept.wait_json()
    assert event["detail"] == {"order": "o1"}
    reason = kept.attributes()
    assert (reason["ErrorCode"], reason["ErrorMessage"]) == ("200", "never works")


def test_a_failing_function_and_a_counted_metric_raise_alarms(cloud: Cloud) -> None:
    source = """
        import json, time
        def handler(event, context):
            print(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
                {"Namespace": "Shop", "Dimensions": [["service"]], "Metrics": [{"Name": "Refused", "Unit": "Count"}]}]},
                "service": context.function_name, "Refused": 3}))
            raise ValueError("no")
    """
    function = make_function(cloud, source, MAY_LOG)
    fails = make_alarm(cloud, "AWS/Lambda", "Errors", {"FunctionName": function}, Threshold=2)
    counts = make_alarm(cloud, "Shop", "Refused", {"service": function}, Threshold=6)
    other = make_alarm(cloud, "Shop", "Refused", {"service": "another"}, Threshold=0, TreatMissingData="missing")
    for alarm in (fails, counts):
        wait_for_state(cloud, alarm, "OK")
    for _ in range(2):
        assert invoke(cloud, function)[0] == "Unhandled"
    for alarm in (fails, counts):
        wait_for_state(cloud, alarm, "ALARM")
    assert described(cloud, other)["StateValue"] == "INSUFFICIENT_DATA", "exactly these dimensions"
    now = datetime.now(UTC)
    measured = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=300,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in measured["Datapoints"]) == 2
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {"Namespace": space, "MetricName": name, "Dimensions": [{"Name": key, "Value": function}]},
                "Period": 3600,
                "Stat": statistic,
            },
        }
        for space, name, key, statistic in (
            ("Shop", "Refused", "service", "Sum"),
            ("AWS/Lambda", "Duration", "FunctionName", "SampleCount"),
        )
    ]
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
    )
    assert {one["Id"]: sum(one["Values"]) for one in answer["MetricDataResults"]} == {"refused": 6, "duration": 2}


@pytest.mark.parametrize("kind", ["policy", "key", "managed-key"])
def test_a_topic_that_does_not_allow_cloudwatch_gets_nothing(cloud: Cloud, kind: str) -> None:
    if kind == "policy":
        other = {**PUBLISH, "Principal": {"Service": "events.amazonaws.com"}}
        (topic, inbox), reason = make_topic(cloud, other), "its policy does not allow CloudWatch"
    else:
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"] if kind == "key" else "alias/aws/sns"
        (topic, inbox), reason = make_topic(cloud, PUBLISH, key), f"its key {key} does not allow CloudWatch"
    name = make_alarm(cloud, "Shop", "Nothing", {"service": "s"}, AlarmActions=[topic])
    set_state(cloud, name, "ALARM")
    wanted = f"alarm {name}: not published: {topic}: {reason}"
    assert lifecycle.wait_until(lambda: wanted in cloud.home.log.read_text(), 10)
    assert inbox.bodies == []


def set_state(cloud: Cloud, name: str, state: str) -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")


def test_the_default_policy_of_a_topic_allows_alarms_and_a_state_set_manually_is_published(cloud: Cloud) -> None:
    topic, inbox = make_topic(cloud)
    name = make_alarm(cloud, "Shop", "Nothing", {"service": "s"}, AlarmActions=[topic], OKActions=[topic])
    set_state(cloud, name, "ALARM")
    states = [json.loads(body["Message"])["NewStateValue"] for body in inbox.wait_json(2)]
    assert states == ["OK", "ALARM"]
    assert described(cloud, name)["StateReason"] == "by hand"


def test_an_unsupported_alarm_is_refused_and_changes_nothing(cloud: Cloud) -> None:
    name = make_alarm(cloud, "Shop", "Orders", {"service": "s"})
    before = described(cloud, name)
    with pytest.raises(ClientError, match="a Period of 10 s is not served here") as refused:
        make_alarm(cloud, "Shop", "Orders", {"service": "s"}, Period=10)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError, match="between 1 and 10 entries with MetricStat"):
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1,
            Metrics=[{"Id": "m", "Expression": "1 + 1"}],
        )
    assert described(cloud, name) == before


ANOMALY = """
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Shop
      MetricName: Orders
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanUpperThreshold
"""


def test_an_alarm_on_an_unmeasured_metric_is_listed(cloud: Cloud) -> None:
    body = ANOMALY.replace("GreaterThanUpperThreshold", "GreaterThanThreshold")
    unmeasured = body.replace("Namespace: Shop", "Namespace: AWS/DynamoDB").replace("Orders", "SystemErrors")
    with deployed(cloud, "unmeasured", unmeasured) as stack:
        assert lines(from_folder(cloud.home.folder, "unmeasured")) == [
            "AWS::CloudWatch::Alarm: MetricName AWS/DynamoDB SystemErrors (not measured here: the alarm has no data)"
        ]
        assert stack.deploy(body) == "UPDATE_COMPLETE"
        assert from_folder(cloud.home.folder, "unmeasured") == []


def test_a_template_is_refused_with_the_reason(cloud: Cloud) -> None:
    stack = Stack(cloud, "anomaly")
    assert stack.deploy(ANOMALY) == "ROLLBACK_COMPLETE"
    assert any("(anomaly detection) is not served here" in reason for _, _, reason in stack.reasons())
    stack.delete()


COMPOSITE = """
Parameters: { Topic: { Type: String } }
Resources:
  Child:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Shop
      MetricName: Lost
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
  Parent:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmRule: !Sub 'ALARM("${Child}")'
      AlarmActions: [!Ref Topic]
Outputs:
  Parent: { Value: !Ref Parent }
"""


def test_a_composite_alarm_follows_its_children(cloud: Cloud) -> None:
    topic, inbox = make_topic(cloud)
    with deployed(cloud, "composite", COMPOSITE, Topic=topic) as stack:
        cloud.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Lost", "Value": 1.0}])
        (envelope,) = inbox.wait_json(seconds=PERIOD)
        alert = json.loads(envelope["Message"])
        assert (alert["AlarmName"], alert["NewStateValue"]) == (stack.outputs()["Parent"], "ALARM")
        assert alert["AlarmRule"].startswith("ALARM(")
