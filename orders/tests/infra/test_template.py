"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

import pytest

from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
RESOURCES: dict[str, Any] = read_template(FOLDER / "template.yaml")["Resources"]


def statements(function: str) -> list[dict[str, Any]]:
    return [each for policy in RESOURCES[function]["Properties"]["Policies"] for each in policy["Statement"]]


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for statement in statements(function):
        given = statement["Action"]
        found |= {given} if isinstance(given, str) else set(given)
    return found


def test_the_contracts_parameters() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/orders/"
    wanted = ("api/url", "api/arn", "table/name", "create-order/arn")
    assert {f"{prefix}{name}" for name in wanted} <= published


def test_the_tables_survive_their_stack() -> None:
    for table in ("Table", "PaymentTokens"):
        resource = RESOURCES[table]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert resource["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert resource["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}


def test_the_keys_that_clients_write_to() -> None:
    table = RESOURCES["Table"]["Properties"]
    assert table["KeySchema"] == [{"AttributeName": "orderId", "KeyType": "HASH"}]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "user"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["userId", "createdDate"]


def test_a_change_of_an_order_writes_no_index() -> None:
    (index,) = RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


READS_THE_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlCreateOrderFunction", {"dynamodb:GetItem", "dynamodb:PutItem", "execute-api:Invoke"}),
        ("GraphqlGetOrdersFunction", {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}),
        ("GraphqlCancelOrderFunction", {"dynamodb:GetItem", "dynamodb:UpdateItem", "execute-api:Invoke"}),
        ("GraphqlOnOrderChangedFunction", {"dynamodb:GetItem"}),
        ("RestGetOrderFunction", {"dynamodb:GetItem"}),
        ("OnFulfilmentEventFunction", {"dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage"}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (
            "GraphqlCreateOrderFunction",
            {
                "${ProductsApiArn}/POST/backend/validate",
                "${DeliveryPricingApiArn}/POST/backend/pricing",
                "${PaymentApiArn}/POST/backend/validate",
                "${WarehouseApiArn}/POST/backend/reserve",
            },
        ),
        ("GraphqlCancelOrderFunction", {"${WarehouseApiArn}/POST/backend/cancel"}),
    ],
)
def test_a_function_calls_what_it_needs_and_nothing_else(function: str, calls: set[str]) -> None:
    (statement,) = [each for each in statements(function) if each["Action"] == "execute-api:Invoke"]
    resources = statement["Resource"]
    given = resources if isinstance(resources, list) else [resources]
    assert {each["Fn::Sub"] for each in given} == calls


def test_who_is_heard() -> None:
    """The contract's list, and not StockChanged: what is read and thrown away is paid for."""
    heard: dict[str, set[str]] = {}
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::Events::Rule":
            pattern = resource["Properties"]["EventPattern"]
            heard[pattern["source"][0]] = set(pattern["detail-type"])
            (target,) = resource["Properties"]["Targets"]
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    assert heard == {
        "ecommerce.warehouse": {"PackageCreated", "PackagingFailed", "PackagingCancelled"},
        "ecommerce.delivery": {"DeliveryStarted", "DeliveryCompleted", "DeliveryFailed"},
        "ecommerce.payment": {"PaymentCaptured", "PaymentVoided", "PaymentFailed", "PaymentRefunded"},
    }


def test_what_fails_for_good_is_not_lost() -> None:
    queue = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    config = RESOURCES["OnFulfilmentEventFunction"]["Properties"]["EventInvokeConfig"]
    assert config["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": queue}
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < source["MaximumRetryAttempts"] <= 10
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == queue


def test_every_published_event_is_registered() -> None:
    registered = {
        resource["Properties"]["SchemaName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::EventSchemas::Schema"
    }
    files = (FOLDER / "events").glob("*.json")
    assert registered == {f"ecommerce.orders@{file.stem}" for file in files}
