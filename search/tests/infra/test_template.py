"""Resources and settings that the template must have."""

from pathlib import Path

import pytest

from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, Template
from search_service.consumed_events import READERS
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_every_handled_event_has_a_rule_and_no_other() -> None:
    assert {name for _, name in TEMPLATE.consumed_events()} == set(READERS)


def test_failures_go_to_the_dead_letter_queue() -> None:
    TEMPLATE.check_rules()
    assert TEMPLATE.properties("EventsQueue")["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS


def test_dead_letters_raise_an_alarm() -> None:
    (nested,) = TEMPLATE.of_type("AWS::CloudFormation::Stack").values()
    assert nested["TemplateURL"] == "../shared/templates/dead-letters.yaml"
    assert nested["Parameters"]["AlarmTopicArn"] == {"Ref": "AlarmTopicArn"}


def test_the_logs_of_a_function_expire() -> None:
    groups = TEMPLATE.of_type("AWS::Logs::LogGroup").values()
    functions = TEMPLATE.of_type("AWS::Serverless::Function").values()
    retention = {group["LogGroupName"]["Fn::Sub"]: group["RetentionInDays"] for group in groups}
    names = [function["FunctionName"]["Fn::Sub"] for function in functions]
    needed = [f"/aws/lambda/{name}" for name in names]
    assert retention == {name: {"Ref": "LogRetentionDays"} for name in needed}


@pytest.mark.parametrize("table", ["Table", "Inbox"])
def test_a_table_is_retained(table: str) -> None:
    assert TEMPLATE.is_retained(table)
    recovery = TEMPLATE.properties(table)["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_the_inbox_expires_and_records_do_not() -> None:
    expiry = {"AttributeName": "expiresAt", "Enabled": True}
    assert TEMPLATE.properties("Inbox")["TimeToLiveSpecification"] == expiry
    assert "TimeToLiveSpecification" not in TEMPLATE.properties("Table")


def test_the_function_has_exactly_the_permissions_that_it_needs() -> None:
    needed = {"dynamodb:GetItem", "dynamodb:PutItem", "sqs:SendMessage"}
    assert TEMPLATE.actions("OnEventFunction") == needed | READS_A_QUEUE
