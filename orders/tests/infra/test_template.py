"""Resources, rights and event sources that the template must have."""

from pathlib import Path

import pytest

from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, READS_A_STREAM, Template, published_events
from orders_service.order_updates import UPDATES
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_the_contracts_parameters() -> None:
    assert {"api/url", "api/arn", "table/name", "create-order/arn", "cancel-order/arn"} <= TEMPLATE.parameters("orders")


def test_the_tables_survive_their_stack() -> None:
    for table in ("Table", "PaymentTokens"):
        properties = TEMPLATE.properties(table)
        assert TEMPLATE.is_retained(table)
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}


def test_the_table_has_the_keys_of_manually_written_items() -> None:
    table = TEMPLATE.properties("Table")
    assert table["KeySchema"] == [{"AttributeName": "orderId", "KeyType": "HASH"}]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "user"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["userId", "createdDate"]


def test_a_change_of_an_order_writes_no_index() -> None:
    (index,) = TEMPLATE.properties("Table")["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        (
            "GraphqlCreateOrderFunction",
            {
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "execute-api:Invoke",
            },
        ),
        ("GraphqlGetOrdersFunction", {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}),
        ("GraphqlCancelOrderFunction", {"dynamodb:GetItem", "dynamodb:UpdateItem", "execute-api:Invoke"}),
        ("GraphqlOnOrderChangedFunction", {"dynamodb:GetItem", "dynamodb:UpdateItem"}),
        ("RestGetOrderFunction", {"dynamodb:GetItem"}),
        ("EveryMinuteLapseFunction", {"dynamodb:BatchGetItem", "execute-api:Invoke"}),
        ("OnFulfilmentEventFunction", {"dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage", *READS_A_QUEUE}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


@pytest.mark.parametrize(
    ("function", "calls"),
    [
        (
            "GraphqlCreateOrderFunction",
            {
                "${ProductsApiArn}/POST/backend/validate",
                "${ProductsApiArn}/GET/backend/products",
                "${DeliveryPricingApiArn}/POST/backend/pricing",
                "${PaymentApiArn}/POST/backend/validate",
                "${WarehouseApiArn}/POST/backend/reserve",
                "${WarehouseApiArn}/POST/backend/release",
            },
        ),
        ("GraphqlCancelOrderFunction", {"${WarehouseApiArn}/POST/backend/cancel"}),
        ("EveryMinuteLapseFunction", {"${WarehouseApiArn}/GET/backend/due", "${WarehouseApiArn}/POST/backend/due"}),
    ],
)
def test_a_function_calls_what_it_needs_and_nothing_else(function: str, calls: set[str]) -> None:
    (statement,) = [each for each in TEMPLATE.statements(function) if each["Action"] == "execute-api:Invoke"]
    resources = statement["Resource"]
    given = resources if isinstance(resources, list) else [resources]
    assert {each["Fn::Sub"] for each in given} == calls


def test_due_reservations_are_settled_every_minute() -> None:
    rule = TEMPLATE.rules()["EveryMinute"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert rule["Targets"][0]["Arn"] == {"Ref": "EveryMinuteLapseFunction.Alias"}


def test_a_claim_lasts_as_long_as_a_reservation() -> None:
    name = TEMPLATE.body["Parameters"]["ReservationSeconds"]["Default"].replace("{Environment}", "${Environment}")
    warehouse = Template(read_template(FOLDER.parent / "warehouse" / "template.yaml"))
    published = warehouse.properties("ReservationSecondsParameter")
    assert (published["Name"], published["Value"]) == ({"Fn::Sub": name}, {"Ref": "ReservationSeconds"})


def test_the_events_that_it_consumes() -> None:
    """The contract's list, without StockChanged: each delivered event costs money."""
    names = {
        "warehouse": ("PackageCreated", "PackagingFailed", "PackagingCancelled"),
        "delivery": ("DeliveryStarted", "DeliveryCompleted", "DeliveryFailed"),
        "payment": ("PaymentCaptured", "PaymentVoided", "PaymentFailed", "PaymentRefunded"),
    }
    wanted = {(f"ecommerce.{source}", name) for source, listed in names.items() for name in listed}
    assert TEMPLATE.consumed_events() == wanted


def test_every_consumed_event_has_an_update() -> None:
    assert {name for _, name in TEMPLATE.consumed_events()} == set(UPDATES)


def test_an_event_waits_in_a_queue_for_about_a_day() -> None:
    TEMPLATE.check_event_queue("OnFulfilmentEvent")


def test_failures_go_to_the_dead_letter_queue() -> None:
    TEMPLATE.check_rules()
    TEMPLATE.check_stream("OnTableChangeSource")
    config = TEMPLATE.properties("EveryMinuteLapseFunction")["EventInvokeConfig"]
    assert config["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": DEAD_LETTERS}


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)
