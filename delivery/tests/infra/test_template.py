"""What must not vanish from the template."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom.order_client import SECONDS
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = read_template(FOLDER / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
DEAD_LETTERS = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
READS_THE_QUEUE = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
}
READS_THE_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for policy in RESOURCES[function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            given = statement["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def of_type(kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in RESOURCES.values() if resource["Type"] == kind]


def test_the_contracts_parameters() -> None:
    published = {resource["Name"]["Fn::Sub"] for resource in of_type("AWS::SSM::Parameter")}
    assert "/ecommerce/${Environment}/delivery/table/name" in published


def test_the_table_survives_its_stack_and_announces_changes() -> None:
    table = RESOURCES["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetDeliveriesFunction", {"dynamodb:GetItem", "dynamodb:Query"}),
        ("GraphqlDeliveryStepsFunction", {"dynamodb:UpdateItem"}),
        (
            "OnPackageCreatedFunction",
            {"dynamodb:PutItem", "execute-api:Invoke", "sqs:SendMessage", *READS_THE_QUEUE},
        ),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


def test_a_package_waits_in_a_queue_for_about_a_day() -> None:
    (rule,) = of_type("AWS::Events::Rule")
    assert rule["EventPattern"] == {"source": ["ecommerce.warehouse"], "detail-type": ["PackageCreated"]}
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["PackagesQueue", "Arn"]}
    queue = RESOURCES["PackagesQueue"]["Properties"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 96
    function = RESOURCES["OnPackageCreatedFunction"]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    source = RESOURCES["OpenDeliveryFunctionPackages"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] * SECONDS < function["Timeout"]


def test_only_the_rule_may_send_to_the_queue() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["PackageCreatedRule", "Arn"]}}}


def test_what_fails_is_kept() -> None:
    for rule in of_type("AWS::Events::Rule"):
        assert [target["DeadLetterConfig"]["Arn"] for target in rule["Targets"]] == [DEAD_LETTERS]
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < source["MaximumRetryAttempts"] <= 10
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == DEAD_LETTERS


def test_a_new_delivery_does_not_wake_the_announcer() -> None:
    (given,) = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {"eventName": ["MODIFY"]}


def test_every_published_event_is_registered() -> None:
    registered = {schema["SchemaName"] for schema in of_type("AWS::EventSchemas::Schema")}
    assert registered == {f"ecommerce.delivery@{file.stem}" for file in (FOLDER / "events").glob("*.json")}
