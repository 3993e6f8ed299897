"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

from ecom.order_client import SECONDS
from notifications_service.domain import LEASE, NEWS
from notifications_service.send_mail import SENDING_SECONDS
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
RESOURCES: dict[str, Any] = read_template(FOLDER / "template.yaml")["Resources"]
DEAD_LETTERS = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
QUEUE = RESOURCES["NewsQueue"]["Properties"]
FUNCTION = RESOURCES["OnOrderEventFunction"]["Properties"]
SOURCE = RESOURCES["NotifyFunctionNews"]["Properties"]
STATEMENTS = [statement for policy in FUNCTION["Policies"] for statement in policy["Statement"]]


def of_type(kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in RESOURCES.values() if resource["Type"] == kind]


def may(action: str) -> dict[str, Any]:
    (statement,) = [each for each in STATEMENTS if action in each["Action"]]
    return dict(statement)


def test_the_rules_wait_for_what_is_told_and_nothing_else() -> None:
    created, moved = (RESOURCES[name]["Properties"]["EventPattern"] for name in ("OrderAcceptedRule", "OrderMovedRule"))
    assert created == {"source": ["ecommerce.orders"], "detail-type": ["OrderCreated"]}
    assert (moved["source"], moved["detail-type"]) == (["ecommerce.orders"], ["OrderModified"])
    assert moved["detail"]["changed"] == ["status"]
    assert sorted(moved["detail"]["new"]["status"]) == sorted(NEWS)


def test_news_wait_in_a_queue_for_about_a_day() -> None:
    for rule in of_type("AWS::Events::Rule"):
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["NewsQueue", "Arn"]}
        assert target["DeadLetterConfig"]["Arn"] == DEAD_LETTERS
    assert QUEUE["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 96
    assert QUEUE["SqsManagedSseEnabled"] is True
    assert SOURCE["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_only_the_rules_may_send_to_the_queue() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    names = [name for name, resource in RESOURCES.items() if resource["Type"] == "AWS::Events::Rule"]
    admitted = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert admitted == [{"Fn::GetAtt": [name, "Arn"]} for name in names]


def test_a_claim_outlives_its_function_and_is_over_when_the_message_is_seen_again() -> None:
    assert FUNCTION["Timeout"] < LEASE.total_seconds() < QUEUE["VisibilityTimeout"]
    assert QUEUE["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"]


def test_a_mail_has_the_time_it_may_take() -> None:
    assert CONNECT_SECONDS + READ_SECONDS < SENDING_SECONDS
    assert FUNCTION["Timeout"] > SECONDS + SENDING_SECONDS


def test_the_function_may_do_what_it_needs_and_no_more() -> None:
    actions = [
        action
        for each in STATEMENTS
        for action in ([*each["Action"]] if isinstance(each["Action"], list) else [each["Action"]])
    ]
    assert sorted(actions) == [
        "cognito-idp:AdminGetUser",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "execute-api:Invoke",
        "ses:SendEmail",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ]


def test_mails_are_sent_as_our_own_identity_alone() -> None:
    (identity,) = of_type("AWS::SES::EmailIdentity")
    assert identity["EmailIdentity"] == {"Ref": "SenderDomain"}
    assert may("ses:SendEmail")["Resource"]["Fn::Sub"].endswith(":identity/${Sender}")
    sender = FUNCTION["Environment"]["Variables"]["SENDER"]
    assert sender["Fn::Sub"].endswith("@${Sender}")
    assert may("ses:SendEmail")["Condition"] == {"StringEquals": {"ses:FromAddress": sender}}


def test_the_table_survives_its_stack_and_forgets_in_time() -> None:
    table = RESOURCES["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_waiting_long_is_noticed() -> None:
    alarm = RESOURCES["NewsWaitsLong"]["Properties"]
    assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]
