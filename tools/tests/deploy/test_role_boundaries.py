"""The permissions boundary of roles: each role has it, and what sets its name."""

from dataclasses import replace
from typing import Any

import pytest

from tools import ROOT
from tools.check.rules.aws.transformed import of_service
from tools.deploy.artifacts import _for
from tools.deploy.deploy import parameters
from tools.deploy.package import declared
from tools.deploy.role_boundaries import CONDITION, PARAMETER, with_boundaries
from tools.project.aws import Target
from tools.project.environments import read_all
from tools.project.services import of_platform, one

OURS = of_platform(ROOT)
WITHOUT_FUNCTIONS = ("monitoring", "storefront")
PROD = Target(read_all()["prod"], None, "")  # type: ignore[arg-type]  # no session


@pytest.mark.parametrize("service", sorted(OURS))
def test_every_role_of_a_stack_has_the_boundary(service: str) -> None:
    """Those that SAM makes too, and those of nested stacks."""
    roles = {
        f"{template.file} {name}": resource["Properties"].get("PermissionsBoundary")
        for template in of_service(ROOT, service)
        for name, resource in template.resources.items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    assert roles or service in WITHOUT_FUNCTIONS
    assert [name for name, boundary in roles.items() if not _is_ours(boundary)] == []


def _is_ours(boundary: Any) -> bool:
    return boundary is not None and boundary["Fn::If"][0] == CONDITION


def test_pipelines_name_the_boundary_of_the_environment() -> None:
    assert _for(OURS["orders"], PROD)["parameters"][PARAMETER] == "ecommerce-prod-pipeline-orders-boundary"


def test_without_a_pipeline_there_is_none() -> None:
    assert parameters(OURS["orders"], PROD, None)[PARAMETER] == ""


def test_a_deployment_by_hand_keeps_the_boundary() -> None:
    live = {"Parameters": [{"ParameterKey": PARAMETER, "ParameterValue": "limits"}]}
    assert parameters(OURS["orders"], PROD, live)[PARAMETER] == "limits"


def test_environments_may_name_one() -> None:
    given = replace(PROD.environment, parameters={**PROD.environment.parameters, PARAMETER: "ours"})
    assert parameters(OURS["orders"], replace(PROD, environment=given), None)[PARAMETER] == "ours"


def test_the_role_that_sam_makes_for_a_state_machine() -> None:
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {}}
    made = with_boundaries({"Resources": {"Machine": machine}})["Resources"]["Machine"]
    assert _is_ours(made["Properties"]["PermissionsBoundary"])


def test_a_template_without_roles_stays_as_it_is() -> None:
    template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}}}}
    assert with_boundaries(template) == template


def test_the_pipelines_own_stacks_have_no_such_parameter() -> None:
    assert PARAMETER not in declared(one("pipeline"))
