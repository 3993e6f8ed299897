"""Resources and settings that the template must have."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from ecom.order_client import SECONDS
from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, Template
from notifications_service.domain import CLAIM_LIFETIME, KEEP, MAIL_OF_RETURN, MAIL_OF_STATUS, Kind
from notifications_service.send_mail import SENDING_SECONDS
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
CHECKOUT = FOLDER.parent
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
    returns = TEMPLATE.rules()["ReturnsRule"]["EventPattern"]
    assert returns == {"source": ["ecommerce.returns"], "detail-type": list(MAIL_OF_RETURN)}


def test_events_wait_in_a_queue_for_about_a_day() -> None:
    for rule in TEMPLATE.of_type("AWS::Events::Rule").values():
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
    assert admitted == [{"Fn::GetAtt": [name, "Arn"]} for name in TEMPLATE.of_type("AWS::Events::Rule")]


def test_a_claim_lasts_longer_than_the_function_and_shorter_than_the_visibility_timeout() -> None:
    assert FUNCTION["Timeout"] < CLAIM_LIFETIME.total_seconds() < QUEUE["VisibilityTimeout"]
    assert QUEUE["VisibilityTimeout"] >= 6 * FUNCTION["Timeout"]


def test_a_sent_mail_is_remembered_for_as_long_as_its_event_can_come_again() -> None:
    """It waits in the queue, then as a dead letter; a replay from the archive can begin the same way again."""
    dead_letters = Template(read_template(CHECKOUT / "shared" / "templates" / "dead-letters.yaml")).properties("Queue")
    platform = Template(read_template(CHECKOUT / "platform" / "template.yaml"))
    (archive,) = platform.of_type("AWS::Events::Archive").values()
    archived = timedelta(days=platform.body["Parameters"][archive["RetentionDays"]["Ref"]]["Default"])
    waits = timedelta(seconds=QUEUE["MessageRetentionPeriod"] + dead_letters["MessageRetentionPeriod"])
    assert archived + waits < KEEP


def test_the_function_has_time_for_a_mail() -> None:
    assert CONNECT_SECONDS + READ_SECONDS < SENDING_SECONDS
    assert FUNCTION["Timeout"] > SECONDS + SENDING_SECONDS


def test_the_function_has_exactly_the_permissions_it_needs() -> None:
    assert TEMPLATE.actions("OnOrderEventFunction") == {
        "cognito-idp:AdminGetUser",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "execute-api:Invoke",
        "ses:SendEmail",
        "sqs:SendMessage",
        *READS_A_QUEUE,
    }

    reading = [each["Resource"] for each in STATEMENTS if "dynamodb:GetItem" in each["Action"]]
    assert reading == [{"Fn::GetAtt": ["Addresses", "Arn"]}]
    assert TEMPLATE.actions("OnUserCreatedFunction") == {"dynamodb:PutItem", "sqs:SendMessage"}


def test_addresses_go_straight_to_a_function_and_are_kept_encrypted_for_some_hours() -> None:
    rule = TEMPLATE.rules()["Users"]
    assert rule["EventPattern"] == {"source": ["ecommerce.users"], "detail-type": ["UserCreated"]}
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": "OnUserCreatedFunction.Alias"}]
    TEMPLATE.check_rules()
    table = TEMPLATE.properties("Addresses")
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_all_kinds_are_sent_by_default_and_unknown_ones_are_refused() -> None:
    parameter = TEMPLATE.body["Parameters"]["MailKinds"]
    allowed = re.compile(parameter["AllowedPattern"])
    assert parameter["Default"].split(",") == list(Kind)
    assert allowed.fullmatch(parameter["Default"])
    assert allowed.fullmatch("shipped")
    for other in ("", "shipped,", "shipped, failed", "other", "shipped;failed"):
        assert not allowed.fullmatch(other)


def test_few_functions_send_at_the_same_time() -> None:
    parameter = TEMPLATE.body["Parameters"]["MailSenders"]
    assert SOURCE["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MailSenders"}}
    assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (2, 2, 1000)


def test_mails_are_sent_by_our_address_only_to_verified_recipients_too() -> None:
    """In its sandbox SES asks IAM about the identity of the recipient as well."""
    (identity,) = TEMPLATE.of_type("AWS::SES::EmailIdentity").values()
    assert identity["EmailIdentity"] == {"Ref": "SenderDomain"}
    assert may("ses:SendEmail")["Resource"]["Fn::Sub"].endswith(":identity/*")
    sender = FUNCTION["Environment"]["Variables"]["SENDER"]
    assert sender["Fn::Sub"].endswith("@${Sender}")
    assert may("ses:SendEmail")["Condition"] == {"StringEquals": {"ses:FromAddress": sender}}


def test_the_table_survives_its_stack_and_expires_its_items() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
