"""Resources and settings that the template must have."""

import json
from pathlib import Path

import pytest

from ecom_testkit.templates import READS_A_QUEUE, READS_A_STREAM, Template, published_events
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
RULES = TEMPLATE.rules()


def test_the_contracts_parameters() -> None:
    assert TEMPLATE.parameters("payment") == {
        "api/url",
        "api/arn",
        "table/name",
        "refunds-table/name",
        "resolvers/refunds/arn",
    }


def test_it_needs_the_provider_and_no_orders() -> None:
    assert one("payment").dependencies == ("payment-3p", "platform")


def test_the_events_that_it_consumes() -> None:
    assert TEMPLATE.consumed_events() == {
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


def test_every_rule_sends_to_the_queue_which_admits_only_these_rules() -> None:
    for rule in RULES.values():
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["FactsQueue", "Arn"]}
    (statement,) = TEMPLATE.properties("EventQueuePolicy")["PolicyDocument"]["Statement"]
    admitted = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn["Fn::GetAtt"][0] for arn in admitted} == set(RULES)


def test_a_message_outlasts_a_day_without_the_provider() -> None:
    queue = TEMPLATE.properties("FactsQueue")
    waits = [min(5 * 2**attempt, 900) for attempt in range(queue["RedrivePolicy"]["maxReceiveCount"])]
    assert 22 * 3600 < sum(waits) < 30 * 3600
    assert queue["MessageRetentionPeriod"] > sum(waits)
    assert queue["VisibilityTimeout"] >= TEMPLATE.properties("OnOrderEventFunction")["Timeout"] * 3


WRITES = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"}

REFUNDS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "secretsmanager:GetSecretValue"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("RestValidateFunction", set()),
        ("RestRefundFunction", REFUNDS),
        ("GraphqlRefundOrderFunction", REFUNDS),
        ("OnRefundStoredFunction", {"sqs:SendMessage", *READS_A_STREAM}),
        (
            "OnOrderEventFunction",
            {"dynamodb:UpdateItem", *WRITES, *READS_A_QUEUE, "sqs:SendMessage", "secretsmanager:GetSecretValue"},
        ),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_the_function_reads_the_stream_for_ended_payments_only() -> None:
    source = TEMPLATE.properties("OnTableChangeSource")
    (filters,) = source["FilterCriteria"]["Filters"]
    pattern = json.loads(filters["Pattern"])
    assert pattern["dynamodb"]["NewImage"]["status"]["S"] == ["CAPTURED", "VOIDED", "FAILED"]
    assert source["BisectBatchOnFunctionError"] is True


def test_failures_go_to_the_dead_letter_queue() -> None:
    TEMPLATE.check_rules()
    TEMPLATE.check_stream("OnTableChangeSource")
    TEMPLATE.check_stream("OnRefundStoredSource")


def test_an_alarm_notifies_operators() -> None:
    assert TEMPLATE.properties("PaymentsFail")["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


@pytest.mark.parametrize("name", ["Table", "EarlyFactsTable", "RefundsTable"])
def test_the_tables_survive_their_stack(name: str) -> None:
    assert TEMPLATE.is_retained(name)


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)
