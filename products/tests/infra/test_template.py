"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

import pytest

from tools.project.services import read_template

TEMPLATE = read_template(Path(__file__).parents[2] / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for policy in RESOURCES[function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            given = statement["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def test_the_contracts_parameters() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/products/"
    assert {f"{prefix}api/url", f"{prefix}api/arn", f"{prefix}table/name"} <= published


def test_the_table_survives_its_stack_and_announces_changes() -> None:
    table = RESOURCES["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["Properties"]["KeySchema"] == [{"AttributeName": "productId", "KeyType": "HASH"}]


READS_THE_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetProductsFunction", {"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query"}),
        ("GraphqlEditProductsFunction", {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}),
        ("RestValidateFunction", {"dynamodb:BatchGetItem"}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


def test_a_poison_record_is_isolated_and_sent_away() -> None:
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < source["MaximumRetryAttempts"] <= 10
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]
    }


def test_the_stream_is_no_event_of_the_function() -> None:
    """SAM attaches a policy of AWS to such a function, which reads every stream of the account."""
    assert "Events" not in RESOURCES["OnTableChangeFunction"]["Properties"]


def test_every_published_event_is_registered() -> None:
    registered = {
        resource["Properties"]["SchemaName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::EventSchemas::Schema"
    }
    files = (Path(__file__).parents[2] / "events").glob("*.json")
    assert registered == {f"ecommerce.products@{file.stem}" for file in files}
