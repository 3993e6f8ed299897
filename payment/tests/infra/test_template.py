"""Properties of the template that must not change by accident."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = read_template(FOLDER / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
RULES = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == "AWS::Events::Rule"}


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for policy in RESOURCES[function]["Properties"].get("Policies", []):
        for statement in policy["Statement"]:
            given = statement["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def test_the_parameters_of_the_contract() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/payment/"
    assert published == {f"{prefix}api/url", f"{prefix}api/arn", f"{prefix}table/name"}


def test_it_depends_on_the_provider_and_the_platform_only() -> None:
    assert one("payment").dependencies == ("payment-3p", "platform")


def test_the_events_that_it_consumes() -> None:
    consumed = {
        (source, kind) for rule in RULES.values() for source in rule["EventPattern"]["source"]
        for kind in rule["EventPattern"]["detail-type"]
    }  # fmt: skip
    assert consumed == {
        ("ecommerce.orders", "OrderCreated"),
        ("ecommerce.orders", "OrderModified"),
        ("ecommerce.orders", "OrderDeleted"),
        ("ecommerce.warehouse", "PackagingFailed"),
        ("ecommerce.warehouse", "PackagingCancelled"),
        ("ecommerce.delivery", "DeliveryCompleted"),
        ("ecommerce.delivery", "DeliveryFailed"),
    }


def test_other_changes_of_an_order_are_not_delivered() -> None:
    assert RULES["OrderTotalRule"]["EventPattern"]["detail"] == {"changed": ["total", "packagedDate"]}


def test_every_rule_targets_the_queue_which_admits_only_these_rules() -> None:
    for rule in RULES.values():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["FactsQueue", "Arn"]}
    (statement,) = RESOURCES["FactsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    admitted = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn["Fn::GetAtt"][0] for arn in admitted} == set(RULES)


def test_a_message_is_retried_for_a_day() -> None:
    queue = RESOURCES["FactsQueue"]["Properties"]
    waits = [min(5 * 2**attempt, 900) for attempt in range(queue["RedrivePolicy"]["maxReceiveCount"])]
    assert 22 * 3600 < sum(waits) < 30 * 3600
    assert queue["MessageRetentionPeriod"] > sum(waits)
    assert queue["VisibilityTimeout"] >= RESOURCES["OnOrderEventFunction"]["Properties"]["Timeout"] * 3


READS_THE_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
READS_THE_QUEUE = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
}
USES_THE_TABLES = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("RestValidateFunction", set()),
        (
            "OnOrderEventFunction",
            {*USES_THE_TABLES, *READS_THE_QUEUE, "sqs:SendMessage", "secretsmanager:GetSecretValue"},
        ),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_has_exactly_the_permissions_it_needs(function: str, expected: set[str]) -> None:
    assert actions(function) == expected


def test_the_stream_invokes_the_function_for_final_statuses_only() -> None:
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    (filters,) = source["FilterCriteria"]["Filters"]
    pattern = json.loads(filters["Pattern"])
    assert pattern["dynamodb"]["NewImage"]["status"]["S"] == ["CAPTURED", "VOIDED", "FAILED"]
    assert source["BisectBatchOnFunctionError"] is True


@pytest.mark.parametrize("name", ["FactsWaitLong", "PaymentsFail"])
def test_an_alarm_has_an_action(name: str) -> None:
    assert RESOURCES[name]["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


@pytest.mark.parametrize("name", ["Table", "EarlyFactsTable"])
def test_the_tables_survive_their_stack(name: str) -> None:
    assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_every_published_event_is_registered() -> None:
    registered = {
        resource["Properties"]["SchemaName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::EventSchemas::Schema"
    }
    assert registered == {f"ecommerce.payment@{file.stem}" for file in (FOLDER / "events").glob("*.json")}
