"""What must not vanish from the template."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.project.services import one, read_template

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


def test_the_contracts_parameters() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/payment/"
    assert published == {f"{prefix}api/url", f"{prefix}api/arn", f"{prefix}table/name"}


def test_it_needs_the_provider_and_no_orders() -> None:
    assert one("payment").dependencies == ("payment-3p", "platform")


def test_what_is_heard() -> None:
    heard = {
        (source, kind) for rule in RULES.values() for source in rule["EventPattern"]["source"]
        for kind in rule["EventPattern"]["detail-type"]
    }  # fmt: skip
    assert heard == {
        ("ecommerce.orders", "OrderCreated"),
        ("ecommerce.orders", "OrderModified"),
        ("ecommerce.orders", "OrderDeleted"),
        ("ecommerce.warehouse", "PackagingFailed"),
        ("ecommerce.warehouse", "PackagingCancelled"),
        ("ecommerce.delivery", "DeliveryCompleted"),
        ("ecommerce.delivery", "DeliveryFailed"),
    }


def test_other_changes_of_an_order_are_not_even_delivered() -> None:
    assert RULES["OrderTotalRule"]["EventPattern"]["detail"] == {"changed": ["total", "packagedDate"]}


def test_every_rule_ends_in_the_queue_which_admits_those_rules_alone() -> None:
    for rule in RULES.values():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["FactsQueue", "Arn"]}
    (statement,) = RESOURCES["FactsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    admitted = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn["Fn::GetAtt"][0] for arn in admitted} == set(RULES)


def test_a_message_outlasts_a_day_of_silence() -> None:
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
KEEPS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("RestValidateFunction", set()),
        ("OnOrderEventFunction", {*KEEPS, *READS_THE_QUEUE, "sqs:SendMessage", "secretsmanager:GetSecretValue"}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_THE_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


def test_the_stream_wakes_the_function_at_the_end_of_a_payment_only() -> None:
    source = RESOURCES["AnnounceFunctionTableChanged"]["Properties"]
    (filters,) = source["FilterCriteria"]["Filters"]
    pattern = json.loads(filters["Pattern"])
    assert pattern["dynamodb"]["NewImage"]["status"]["S"] == ["CAPTURED", "VOIDED", "FAILED"]
    assert source["BisectBatchOnFunctionError"] is True


@pytest.mark.parametrize("name", ["FactsWaitLong", "PaymentsFail"])
def test_somebody_is_told(name: str) -> None:
    assert RESOURCES[name]["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


@pytest.mark.parametrize("name", ["Table", "EarlyFactsTable"])
def test_the_books_survive_their_stack(name: str) -> None:
    assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_every_published_event_is_registered() -> None:
    registered = {
        resource["Properties"]["SchemaName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::EventSchemas::Schema"
    }
    assert registered == {f"ecommerce.payment@{file.stem}" for file in (FOLDER / "events").glob("*.json")}
