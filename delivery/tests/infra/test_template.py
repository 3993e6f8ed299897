"""Resources and settings that the template must have."""

import json
from pathlib import Path

import pytest

from ecom.order_client import SECONDS
from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, READS_A_STREAM, Template, published_events
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_the_contracts_parameters() -> None:
    assert "table/name" in TEMPLATE.parameters("delivery")


def test_the_table_survives_its_stack_and_has_a_stream() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetDeliveriesFunction", {"dynamodb:GetItem", "dynamodb:Query"}),
        ("GraphqlDeliveryStepsFunction", {"dynamodb:UpdateItem"}),
        (
            "OnPackageCreatedFunction",
            {"dynamodb:PutItem", "execute-api:Invoke", "sqs:SendMessage", *READS_A_QUEUE},
        ),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_a_package_waits_in_a_queue_for_about_a_day() -> None:
    (rule,) = TEMPLATE.rules().values()
    assert rule["EventPattern"] == {"source": ["ecommerce.warehouse"], "detail-type": ["PackageCreated"]}
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["PackagesQueue", "Arn"]}
    queue = TEMPLATE.properties("PackagesQueue")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 96
    function = TEMPLATE.properties("OnPackageCreatedFunction")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    source = TEMPLATE.properties("OnPackageCreatedSource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] * SECONDS < function["Timeout"]


def test_only_the_rule_may_send_to_the_queue() -> None:
    (policy,) = TEMPLATE.of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["PackageCreatedRule", "Arn"]}}}


def test_failures_go_to_the_dead_letter_queue() -> None:
    TEMPLATE.check_rules()
    TEMPLATE.check_stream("OnTableChangeSource")


def test_a_new_delivery_publishes_no_event() -> None:
    (given,) = TEMPLATE.properties("OnTableChangeSource")["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {"eventName": ["MODIFY"]}


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)
