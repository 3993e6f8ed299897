"""Resources and settings that the template must have."""

from pathlib import Path

import pytest
import yaml

from ecom.limits import DIMENSIONS, MAX_INT
from ecom_testkit.templates import READS_A_STREAM, Template, published_events
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_the_contracts_parameters() -> None:
    assert {"api/url", "api/arn", "table/name"} <= TEMPLATE.parameters("products")


def test_every_package_that_createproduct_accepts_is_validated() -> None:
    """API Gateway refuses a larger size before the function sees it: createOrder would refuse the product for ever."""
    sizes = yaml.safe_load((FOLDER / "openapi.yaml").read_text())["components"]["schemas"]["Package"]["properties"]
    assert {name: size["maximum"] for name, size in sizes.items()} == dict.fromkeys(DIMENSIONS, MAX_INT)


def test_the_table_survives_its_stack_and_has_a_stream() -> None:
    table = TEMPLATE.properties("Table")
    assert TEMPLATE.is_retained("Table")
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["KeySchema"] == [{"AttributeName": "productId", "KeyType": "HASH"}]


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("GraphqlGetProductsFunction", {"dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query"}),
        (
            "GraphqlEditProductsFunction",
            {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "ssm:GetParameter"},
        ),
        (
            "OnPictureEventFunction",
            {"dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem", "sqs:SendMessage"},
        ),
        ("RestValidateFunction", {"dynamodb:BatchGetItem"}),
        ("RestGetProductsFunction", {"dynamodb:BatchGetItem", "dynamodb:Scan"}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_a_poison_record_is_isolated_and_goes_to_the_dead_letter_queue() -> None:
    assert TEMPLATE.properties("OnTableChangeSource")["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}
    TEMPLATE.check_stream("OnTableChangeSource")


def test_the_stream_is_not_an_event_of_the_function() -> None:
    """SAM would attach an AWS policy to the function that allows it to read every stream of the account."""
    assert "Events" not in TEMPLATE.properties("OnTableChangeFunction")


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)
