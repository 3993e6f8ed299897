"""Packaged functions cannot create the log groups that their template creates."""

from typing import Any

import pytest

from tools.deploy.log_groups import DENIED, without_log_group_creation

NAME = {"Fn::Sub": "ecommerce-${Environment}-alpha-hello"}
GROUP = {"Fn::Sub": "/aws/lambda/ecommerce-${Environment}-alpha-hello"}
OWN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}


def policies(group: Any = GROUP, **properties: Any) -> Any:
    template = {
        "Resources": {
            "Hello": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": NAME, **properties}},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}},
        }
    }
    return without_log_group_creation(template)["Resources"]["Hello"]["Properties"].get("Policies")


@pytest.mark.parametrize(
    ("given", "packaged"),
    [(None, [DENIED]), (OWN, [OWN, DENIED]), ([OWN, OWN], [OWN, OWN, DENIED])],
    ids=["none", "one", "a list"],
)
def test_the_permission_is_denied_besides_the_functions_own_policies(given: Any, packaged: Any) -> None:
    assert policies(**({} if given is None else {"Policies": given})) == packaged


def test_a_function_without_a_log_group_in_the_template_may_create_one() -> None:
    assert policies(group="/aws/lambda/another") is None


def test_a_role_of_the_template_is_left_alone() -> None:
    assert policies(Role={"Fn::GetAtt": "Role.Arn"}) is None
