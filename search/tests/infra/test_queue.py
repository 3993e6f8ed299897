"""Settings that the queue between the rules and the function must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from search_service.partner import WITHIN_SECONDS
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))
RULES = TEMPLATE.rules()
QUEUE = TEMPLATE.properties("EventsQueue")
FUNCTION = TEMPLATE.properties("OnEventFunction")
SOURCE = TEMPLATE.properties("OnEventSource")
ARN = {"Fn::GetAtt": ["EventsQueue", "Arn"]}


def test_events_wait_in_the_queue_for_about_a_day() -> None:
    for rule in RULES.values():
        (target,) = rule["Targets"]
        assert target["Arn"] == ARN
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 96
    assert QUEUE["MessageRetentionPeriod"] >= 2 * 86400
    assert QUEUE["SqsManagedSseEnabled"] is True


def test_only_the_rules_may_send_to_the_queue() -> None:
    (policy,) = TEMPLATE.of_type("AWS::SQS::QueuePolicy").values()
    assert policy["Queues"] == [{"Ref": "EventsQueue"}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": ARN,
        "Condition": {"ArnEquals": {"aws:SourceArn": [{"Fn::GetAtt": [rule, "Arn"]} for rule in RULES]}},
    }


def test_the_function_reads_the_queue_and_retries_failed_messages_only() -> None:
    assert SOURCE["EventSourceArn"] == ARN
    assert SOURCE["FunctionName"] == {"Ref": "OnEventFunction.Alias"}
    assert SOURCE["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_batch_ends_before_its_messages_are_visible_again() -> None:
    assert SOURCE["BatchSize"] * WITHIN_SECONDS < FUNCTION["Timeout"]
    assert QUEUE["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"]
