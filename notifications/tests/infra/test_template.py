"""Resources and settings that the template must have."""

from pathlib import Path
from typing import Any

from ecom.order_client import SECONDS
from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, Template
from notifications_service.domain import CLAIM_LIFETIME, MAIL_OF_STATUS
from notifications_service.send_mail import SENDING_SECONDS
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
QUEUE = TEMPLATE.properties("NewsQueue")
FUNCTION = TEMPLATE.properties("OnOrderEventFunction")
SOURCE = TEMPLATE.properties("OnOrderEventSource")
STATEMENTS = TEMPLATE.statements("OnOrderEventFunction")


def may(action: str) -> dict[str, Any]:
    (statement,) = [each for each in STATEMENTS if action in each["Action"]]
    return dict(statement)


def test_the_rules_select_the_events_that_shoppers_get_mails_about() -> None:
    created, changed = (TEMPLATE.rules()[name]["EventPattern"] for name in ("OrderCreatedRule", "OrderStatusRule"))
    assert created == {"source": ["ecommerce.orders"], "detail-type": ["OrderCreated"]}
    assert (changed["source"], changed["detail-type"]) == (["ecommerce.orders"], ["OrderModified"])
    assert changed["detail"]["changed"] == ["status"]
    assert sorted(changed["detail"]["new"]["status"]) == sorted(MAIL_OF_STATUS)


def test_events_wait_in_a_queue_for_about_a_day() -> None:
    for rule in TEMPLATE.rules().values():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["NewsQueue", "Arn"]}
        assert target["DeadLetterConfig"]["Arn"] == DEAD_LETTERS
    assert QUEUE["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 96
    assert QUEUE["SqsManagedSseEnabled"] is True
    assert SOURCE["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_only_the_rules_may_send_to_the_queue() -> None:
    (policy,) = TEMPLATE.of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    admitted = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert admitted == [{"Fn::GetAtt": [name, "Arn"]} for name in TEMPLATE.rules()]


def test_a_claim_lasts_longer_than_the_function_and_shorter_than_the_visibility_timeout() -> None:
    assert FUNCTION["Timeout"] < CLAIM_LIFETIME.total_seconds() < QUEUE["VisibilityTimeout"]
    assert QUEUE["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"]


def test_the_function_has_time_for_a_mail() -> None:
    assert CONNECT_SECONDS + READ_SECONDS < SENDING_SECONDS
    assert FUNCTION["Timeout"] > SECONDS + SENDING_SECONDS


def test_the_function_has_exactly_the_permissions_it_needs() -> None:
    assert TEMPLATE.actions("OnOrderEventFunction") == {
        "cognito-idp:AdminGetUser",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "execute-api:Invoke",
        "ses:SendEmail",
        "sqs:SendMessage",
        *READS_A_QUEUE,
    }


def test_mails_are_sent_by_our_identity_only() -> None:
    (identity,) = TEMPLATE.of_type("AWS::SES::EmailIdentity").values()
    assert identity["EmailIdentity"] == {"Ref": "SenderDomain"}
    assert may("ses:SendEmail")["Resource"]["Fn::Sub"].endswith(":identity/${Sender}")
    sender = FUNCTION["Environment"]["Variables"]["SENDER"]
    assert sender["Fn::Sub"].endswith("@${Sender}")
    assert may("ses:SendEmail")["Condition"] == {"StringEquals": {"ses:FromAddress": sender}}


def test_the_table_survives_its_stack_and_expires_its_items() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_an_alarm_reports_old_messages() -> None:
    alarm = TEMPLATE.properties("EventsWaiting")
    assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]
