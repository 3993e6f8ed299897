"""The roles of a service are under its own path."""

import pytest

from tools import ROOT
from tools.check.rules.aws.transformed import of_service
from tools.deploy.role_paths import with_role_paths
from tools.project.services import of_platform


@pytest.mark.parametrize("service", sorted(of_platform()))
def test_each_role_of_the_transformed_template(service: str) -> None:
    """Those that SAM makes for functions, the templates' own, and CodeDeploy's."""
    roles = {
        name: each["Properties"].get("Path")
        for template in of_service(ROOT, service)
        for name, each in template.resources.items()
        if each["Type"] == "AWS::IAM::Role"
    }
    assert roles or service in ("monitoring", "storefront")  # they have no functions
    assert all(path == {"Fn::Sub": f"/ecommerce/${{Environment}}/{service}/"} for path in roles.values()), roles


def test_the_role_that_sam_makes_for_a_state_machine() -> None:
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {}}
    made = with_role_paths({"Resources": {"Machine": machine}}, "orders")["Resources"]["Machine"]
    assert made["Properties"] == {"RolePath": {"Fn::Sub": "/ecommerce/${Environment}/orders/"}}


def test_a_function_with_a_role_of_its_own_gets_none() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Role": "arn"}}
    assert with_role_paths({"Resources": {"Function": function}}, "orders")["Resources"]["Function"] == function
