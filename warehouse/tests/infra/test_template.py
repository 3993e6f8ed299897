"""Resources and settings that the template must have."""

import json
from pathlib import Path

import pytest
import yaml

from ecom_testkit.templates import READS_A_QUEUE, READS_A_STREAM, Template, published_events
from tools.project.services import read_template
from warehouse_service.inputs import MAX_ORDER_IDS
from warehouse_service.repository import DUE_PAGE

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
SCHEMAS = yaml.safe_load((FOLDER / "openapi.yaml").read_text())["components"]["schemas"]
WRITES = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_the_contracts_parameters() -> None:
    assert {"api/url", "api/arn", "table/name"} <= TEMPLATE.parameters("warehouse")


def test_a_page_of_due_reservations_can_be_settled_in_one_request() -> None:
    """The function, API Gateway and the list of due reservations have one limit."""
    assert SCHEMAS["OrderIds"]["maxItems"] == MAX_ORDER_IDS == DUE_PAGE


def test_the_table_survives_its_stack_and_has_a_stream() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetPackagingFunction", {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}),
        ("GraphqlGetAvailabilityFunction", {"dynamodb:BatchGetItem"}),
        ("GraphqlSetStockFunction", WRITES - {"dynamodb:PutItem"}),
        ("GraphqlPackagingFunction", WRITES),
        ("RestReserveFunction", WRITES),
        ("RestCancelFunction", WRITES),
        ("RestReleaseFunction", WRITES),
        ("RestGetDueFunction", {"dynamodb:Query"}),
        ("RestSettleDueFunction", WRITES),
        ("RestRestockFunction", WRITES - {"dynamodb:GetItem"}),
        ("RestGetLevelsFunction", {"dynamodb:BatchGetItem"}),
        ("OnOrderEventFunction", WRITES | {"sqs:SendMessage"} | READS_A_QUEUE),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_stock_is_spread_over_eight_items_unless_the_environment_says_otherwise() -> None:
    parameter = TEMPLATE.body["Parameters"]["StockShards"]
    assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (8, 1, 40)
    assert TEMPLATE.body["Globals"]["Function"]["Environment"]["Variables"]["STOCK_SHARDS"] == {"Ref": "StockShards"}


def test_five_units_are_low_unless_the_environment_says_otherwise() -> None:
    assert TEMPLATE.body["Parameters"]["LowStock"]["Default"] == 5
    assert TEMPLATE.body["Globals"]["Function"]["Environment"]["Variables"]["LOW_STOCK"] == {"Ref": "LowStock"}


def test_a_reservation_lives_for_a_quarter_of_an_hour() -> None:
    assert TEMPLATE.body["Parameters"]["ReservationSeconds"]["Default"] == 900


def test_the_events_that_it_consumes() -> None:
    patterns = [rule["EventPattern"] for rule in TEMPLATE.rules().values() if rule["EventPattern"]]
    assert patterns == [
        {"source": ["ecommerce.orders"], "detail-type": ["OrderCreated", "OrderDeleted"]},
        {"source": ["ecommerce.orders"], "detail-type": ["OrderModified"], "detail": {"changed": ["products"]}},
        {"source": ["ecommerce.delivery"], "detail-type": ["DeliveryFailed"]},
    ]


def test_an_event_waits_in_a_queue_for_about_a_day() -> None:
    TEMPLATE.check_event_queue("OnOrderEvent")


def test_failures_go_to_the_dead_letter_queue() -> None:
    TEMPLATE.check_rules()
    TEMPLATE.check_stream("OnTableChangeSource")


def test_only_items_with_the_attribute_news_reach_the_function() -> None:
    (given,) = TEMPLATE.properties("OnTableChangeSource")["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {"dynamodb": {"NewImage": {"news": {"S": [{"exists": True}]}}}}


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)
