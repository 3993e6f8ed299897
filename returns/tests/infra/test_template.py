"""Resources and settings that the template must have."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecom_testkit.templates import READS_A_STREAM, Template, published_events
from tools.local.aws.stepfunctions.retrying import TRANSIENT, first_match
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
MACHINE = yaml.safe_load((FOLDER / "state-machine.asl.yaml").read_text())
OPENAPI = yaml.safe_load((FOLDER / "openapi.yaml").read_text())
READS, WRITES = {"dynamodb:GetItem"}, {"dynamodb:GetItem", "dynamodb:PutItem"}
INVOKES = "execute-api:Invoke"


def test_the_contracts_parameters() -> None:
    assert {"api/url", "api/arn", "table/name", "state-machine/arn"} <= TEMPLATE.parameters("returns")


def test_it_needs_orders_payment_and_the_warehouse() -> None:
    assert one("returns").dependencies == ("orders", "payment", "platform", "users", "warehouse")


def test_the_table_survives_its_stack() -> None:
    assert TEMPLATE.is_retained("Table")


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("StepRegisterFunction", WRITES | {INVOKES}),
        ("StepWaitFunction", WRITES | {"states:SendTaskSuccess"}),
        ("StepRestockFunction", READS | {INVOKES}),
        ("StepRefundFunction", WRITES | {INVOKES}),
        ("GraphqlGetReturnsFunction", READS | {"dynamodb:BatchGetItem", "dynamodb:Query"}),
        ("GraphqlRequestReturnFunction", WRITES | {INVOKES}),
        ("GraphqlChangeReturnFunction", WRITES),
        ("RestGetReturnFunction", READS),
        ("OnReturnChangedFunction", READS | {"states:StartExecution", "states:SendTaskSuccess", *READS_A_STREAM}),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_the_state_machine_may_invoke_its_own_functions_alone() -> None:
    policy = TEMPLATE.properties("StateMachine")["Policies"][0]["Statement"][0]
    assert policy["Action"] == "lambda:InvokeFunction"
    named = TEMPLATE.properties("StateMachine")["DefinitionSubstitutions"]
    functions = [value for name, value in named.items() if name.endswith("Function")]
    assert policy["Resource"] == functions


def test_api_gateway_may_start_executions_and_nothing_else() -> None:
    (policy,) = TEMPLATE.properties("ApiRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("states:StartExecution", {"Ref": "StateMachine"})


def test_failures_raise_alarms() -> None:
    TEMPLATE.check_stream("OnTableChangeSource")
    TEMPLATE.check_stream("OnReturnChangedSource")
    assert TEMPLATE.properties("ExecutionsFailed")["MetricName"] == "ExecutionsFailed"


@pytest.mark.parametrize("source", ["OnTableChangeSource", "OnReturnChangedSource"])
def test_only_changes_of_a_status_reach_the_functions(source: str) -> None:
    (given,) = TEMPLATE.properties(source)["FilterCriteria"]["Filters"]
    assert json.loads(given["Pattern"]) == {"dynamodb": {"NewImage": {"news": {"S": [{"exists": True}]}}}}


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)


def test_the_waits_end_within_the_life_of_an_execution() -> None:
    longest = sum(TEMPLATE.body["Parameters"][name]["MaxValue"] for name in ("DecisionDays", "GoodsDays"))
    assert longest < 365 - 31  # and a month of retries


def tasks() -> dict[str, Any]:
    return {name: state for name, state in MACHINE["States"].items() if state["Type"] == "Task"}


@pytest.mark.parametrize("name", tasks())
def test_every_task_has_a_time_limit_and_retries(name: str) -> None:
    assert tasks()[name]["TimeoutSeconds"]
    assert tasks()[name]["Retry"]


@pytest.mark.parametrize("name", tasks())
def test_transient_errors_of_lambda_are_retried_as_long_as_busy_services(name: str) -> None:
    retriers = tasks()[name]["Retry"]
    assert {first_match(error, retriers) for error in (*TRANSIENT, "RetryLater")} == {0}


@pytest.mark.parametrize("name", ["AwaitDecision", "AwaitGoods"])
def test_a_wait_is_not_retried_when_its_time_is_up(name: str) -> None:
    retried = {code for rule in tasks()[name]["Retry"] for code in rule["ErrorEquals"]}
    assert retried.isdisjoint({"States.ALL", "States.Timeout"})
    assert tasks()[name]["Catch"][0]["ErrorEquals"] == ["States.Timeout"]


def test_the_rest_api_checks_tokens_everywhere_but_in_the_preflight() -> None:
    methods = OPENAPI["paths"]["/returns/{clientToken}"]
    assert {name: method.get("security") for name, method in methods.items() if name != "parameters"} == {
        "put": [{"shopper": []}],
        "get": [{"shopper": []}],
        "options": None,
    }


def test_the_execution_works_on_the_correlation_id_of_the_request() -> None:
    integration = OPENAPI["paths"]["/returns/{clientToken}"]["put"]["x-amazon-apigateway-integration"]
    (template,) = integration["requestTemplates"].values()
    assert '\\"correlationId\\": \\"$context.requestId\\"' in str(template["Fn::Sub"])


def test_other_content_types_do_not_reach_step_functions() -> None:
    integration = OPENAPI["paths"]["/returns/{clientToken}"]["put"]["x-amazon-apigateway-integration"]
    assert integration["passthroughBehavior"] == "never"
    assert set(integration["requestTemplates"]) == {"application/json"}
