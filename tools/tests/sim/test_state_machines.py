"""Step Functions in the simulated world: what is read from templates, and executions in virtual time."""

import json
from typing import Any

import pytest

from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.blueprint import Blueprint, Role
from tools.sim.templates.machines import machine_of
from tools.sim.templates.reading import blueprint
from tools.tests.sim.conftest import Simulate

ROLE = Role("arn:role", (), frozenset({"states.amazonaws.com"}))


def properties(output: str = "{% $states.input %}", **more: Any) -> dict[str, Any]:
    states = {"Done": {"Type": "Pass", "Output": output, "End": True}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": states}
    return {"DefinitionString": json.dumps(definition), "RoleArn": "arn:role", "StateMachineName": "m", **more}


@pytest.fixture(scope="module")
def platform() -> Blueprint:
    return blueprint()


def test_a_machine_has_the_functions_and_rights_of_its_template(platform: Blueprint) -> None:
    (machine,) = platform.state_machines
    assert machine.name == "ecommerce-dev-returns-return"
    assert "${" not in machine.definition
    assert machine.role.trusts == {"states.amazonaws.com"}
    statements = [each for policy in machine.role.policies for each in policy["Statement"]]
    for task in json.loads(machine.definition)["States"].values():
        if task["Type"] == "Task":
            name = task["Arguments"]["FunctionName"]
            assert name.removesuffix(":live") in platform.functions
            assert any(name in each["Resource"] for each in statements)


def test_a_route_without_a_function_has_the_role_of_its_integration(platform: Blueprint) -> None:
    routes = [route for api in platform.apis.values() for route in api.routes if route.integration]
    assert [(route.method, route.template, route.for_users) for route in routes] == [
        ("PUT", "/returns/{clientToken}", True)
    ]
    integration = routes[0].integration
    assert integration is not None
    assert integration.action == "StartExecution"
    assert integration.role.trusts == {"apigateway.amazonaws.com"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (properties(EncryptionConfiguration={}), "EncryptionConfiguration"),
        (properties("{% $random() %}"), r"\$random"),
        (properties("{% $now() %}"), r"\$now"),
        (properties(StateMachineType="EXPRESS"), "executor does not run"),
        (properties("{% $eval('1') %}"), "eval"),
    ],
)
def test_what_is_not_simulated_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(NotSimulated, match=named):
        machine_of("own", given, ROLE)


def test_a_plain_machine_is_read() -> None:
    assert machine_of("own", properties(), ROLE).arn == "arn:aws:states:eu-west-1:000000000000:stateMachine:m"


# Nothing fails: orders come through all channels, and returns to all of their ends.
CALM = """
from collections import Counter
from tools.sim.faults.catalogue import BY_NAME
from tools.sim.forks import Runner
from tools.sim.plan import Plan

runner, channels, returns = Runner.of_tree(), Counter(), Counter()
for seed in (1, 2, 3, 4):
    result = runner.one(Plan(seed, 25, without=frozenset(BY_NAME)))
    assert not result.violations, result.violations
    channels += result.channels
    returns += result.returns
assert set(channels) == {"storefront", "cart", "partners"}, channels
assert set(returns) == {"REFUSED", "CANCELLED", "EXPIRED", "REFUNDED", "FAILED"}, returns
"""


@pytest.mark.starts_first
def test_returns_come_to_all_of_their_ends(simulate: Simulate) -> None:
    done = simulate(code=CALM)
    assert done.returncode == 0, done.stdout + done.stderr
