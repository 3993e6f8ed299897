"""Resources and settings that the template must have."""

from pathlib import Path

import yaml

from ecom_testkit.templates import Template
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
OPENAPI = yaml.safe_load((FOLDER / "openapi.yaml").read_text())


def test_the_contracts_parameters() -> None:
    names = {"api/url", "api/arn", "usage-plan/id", "table/name", "requests-table/name"}
    assert names <= TEMPLATE.parameters("partners")


def test_it_needs_orders_and_the_alarm_topic() -> None:
    assert one("partners").dependencies == ("orders", "platform")


def test_the_tables_survive_their_stack() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.is_retained("RequestsTable")


def test_every_route_needs_a_key_or_a_signature() -> None:
    for path, item in OPENAPI["paths"].items():
        for operation in item.values():
            assert operation["security"] == [{"sigv4" if path.startswith("/backend/") else "api_key": []}]


def test_a_key_has_a_rate_a_burst_and_a_quota() -> None:
    plan = TEMPLATE.properties("UsagePlan")
    assert plan["Throttle"] == {"RateLimit": {"Ref": "RequestsPerSecond"}, "BurstLimit": {"Ref": "RequestsAtOnce"}}
    assert plan["Quota"] == {"Limit": {"Ref": "RequestsPerDay"}, "Period": "DAY"}


def test_the_functions_may_do_what_they_need_and_no_more() -> None:
    rows = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    assert TEMPLATE.actions("RestCreateOrderFunction") == {*rows, "lambda:InvokeFunction", "execute-api:Invoke"}
    assert TEMPLATE.actions("RestGetOrdersFunction") == {"dynamodb:GetItem", "execute-api:Invoke"}
    assert TEMPLATE.actions("RestGetContactFunction") == {"dynamodb:GetItem"}
    assert TEMPLATE.actions("RestCancelOrderFunction") == {"dynamodb:GetItem", "lambda:InvokeFunction"}
