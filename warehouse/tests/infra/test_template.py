"""What must not vanish from the template."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = read_template(FOLDER / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
MOVES = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
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
    prefix = "/ecommerce/${Environment}/warehouse/"
    assert {f"{prefix}api/url", f"{prefix}api/arn", f"{prefix}table/name"} <= published


def test_the_table_survives_its_stack_and_announces_changes() -> None:
    table = RESOURCES["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetPackagingFunction", {"dynamodb:GetItem", "dynamodb:Query"}),
        ("GraphqlSetStockFunction", {"dynamodb:UpdateItem"}),
        ("GraphqlPackagingFunction", MOVES),
        ("RestReserveFunction", MOVES | {"dynamodb:Query"}),
        ("RestCancelFunction", MOVES),
        ("OnOrderEventFunction", MOVES | {"dynamodb:Query", "sqs:SendMessage"}),
        ("EveryMinuteLapseFunction", MOVES | {"dynamodb:Query"}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


def test_reservations_lapse_every_minute() -> None:
    rule = RESOURCES["EveryMinuteRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert rule["Targets"][0]["Arn"] == {"Ref": "EveryMinuteLapseFunction.Alias"}
    assert TEMPLATE["Parameters"]["ReservationSeconds"]["Default"] == 900


def test_it_hears_what_it_must_and_nothing_else() -> None:
    patterns = [rule["EventPattern"] for rule in of_type("AWS::Events::Rule") if "EventPattern" in rule]
    assert patterns == [
        {"source": ["ecommerce.orders"], "detail-type": ["OrderCreated", "OrderDeleted"]},
        {"source": ["ecommerce.orders"], "detail-type": ["OrderModified"], "detail": {"changed": ["products"]}},
        {"source": ["ecommerce.delivery"], "detail-type": ["DeliveryFailed"]},
    ]


def test_what_fails_is_kept() -> None:
    queue = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    for rule in of_type("AWS::Events::Rule"):
        assert [target["DeadLetterConfig"]["Arn"] for target in rule["Targets"]] == [queue]
    for function in ("OnOrderEventFunction", "EveryMinuteLapseFunction"):
        config = RESOURCES[function]["Properties"]["EventInvokeConfig"]
        assert config["DestinationConfig"]["OnFailure"]["Destination"] == queue
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < source["MaximumRetryAttempts"] <= 10
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == queue


def test_only_news_wakes_the_announcer() -> None:
    (given,) = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {"dynamodb": {"NewImage": {"news": {"S": [{"exists": True}]}}}}


def test_every_published_event_is_registered() -> None:
    registered = {schema["SchemaName"] for schema in of_type("AWS::EventSchemas::Schema")}
    assert registered == {f"ecommerce.warehouse@{file.stem}" for file in (FOLDER / "events").glob("*.json")}
