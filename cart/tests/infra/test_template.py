"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_the_contracts_parameters() -> None:
    assert {"table/name", "resolvers/carts/arn"} <= TEMPLATE.parameters("cart")


def test_it_needs_the_catalogue() -> None:
    assert one("cart").dependencies == ("platform", "products")


def test_the_table_survives_its_stack() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["KeySchema"] == [{"AttributeName": "cartKey", "KeyType": "HASH"}]


def test_the_function_may_do_what_it_needs_and_no_more() -> None:
    may = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "execute-api:Invoke"}
    assert TEMPLATE.actions("GraphqlCartFunction") == may
