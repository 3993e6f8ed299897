"""What a commit can give the functions of its service: no more than the permissions boundary, decided by the local
cloud's IAM."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tools import ROOT
from tools.check.rules.aws.transformed import Template, of_service
from tools.pipeline import boundaries, calls, rights
from tools.pipeline.iam_actions import takes_a_resource
from tools.project.problems import Problem
from tools.project.services import of_platform
from tools.tests.pipeline import stack_policies as stacks

SERVICES = sorted(of_platform())
# A stack without functions has no roles.
WITH_ROLES = [name for name, service in sorted(of_platform().items()) if service.source.is_dir()]
# Type of a resource -> what a function, or CodeDeploy, does with it.
USES = {
    "AWS::DynamoDB::Table": ["dynamodb:GetItem"],
    "AWS::SQS::Queue": ["sqs:SendMessage"],
    "AWS::S3::Bucket": ["s3:PutObject"],
    "AWS::Lambda::Function": ["lambda:InvokeFunction", "lambda:UpdateAlias"],
}
# A function writes objects, and calls other functions by their alias.
ENDS = {"AWS::S3::Bucket": "/key", "AWS::Lambda::Function": ":live"}
# Service -> functions of another that its functions call.
REACHED = {
    "cart": ["orders-graphql-create-order"],
    "partners": ["orders-graphql-create-order", "orders-graphql-cancel-order"],
}
# What these read or call of all others.
WIDE = {"reconciliation": {"dynamodb:GetItem"}, "frontend-api": {"lambda:InvokeFunction"}}


def uses(service: str) -> Iterator[tuple[str, str]]:
    for each in stacks.owned(service):
        for action in USES.get(each.kind, ()):
            yield action, each.arn + ENDS.get(each.kind, "")


@pytest.mark.parametrize("service", WITH_ROLES)
@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"])
def test_a_stack_gives_rights_only_to_roles_with_its_boundary(service: str, action: str) -> None:
    role, own = stacks.role_of(service), stacks.boundary(service)
    other = stacks.boundary("orders" if service != "orders" else "users")
    assert stacks.decision(service, action, role, PermissionsBoundary=own) == "Allow"
    assert stacks.decision(service, action, role) == "ImplicitDeny"
    assert stacks.decision(service, action, role, PermissionsBoundary=other) == "ImplicitDeny"


@pytest.mark.parametrize("service", WITH_ROLES)
def test_a_stack_can_limit_an_older_role_and_free_none(service: str) -> None:
    role, own = stacks.role_of(service), stacks.boundary(service)
    change = "iam:PutRolePermissionsBoundary"
    assert stacks.decision(service, change, role, PermissionsBoundary=own) == "Allow"
    wide = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert stacks.decision(service, change, role, PermissionsBoundary=wide) == "ImplicitDeny"
    assert stacks.decision(service, "iam:DeleteRolePermissionsBoundary", role, PermissionsBoundary=own) != "Allow"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("action", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"])
def test_a_stack_cannot_change_its_boundary(service: str, action: str) -> None:
    assert stacks.decision(service, action, stacks.boundary(service)) == "ImplicitDeny"


@pytest.mark.parametrize("service", SERVICES)
def test_the_boundary_allows_what_roles_of_the_templates_do(service: str) -> None:
    """Each action that a statement of a role allows, on the resource that the statement names, of any service."""
    refused = [
        (action, arn)
        for action, arn in asked(service)
        if stacks.boundary_decision(service, action, arn, source=f"ecommerce.{service}") != "Allow"
    ]
    assert refused == []


def test_what_other_services_publish_is_asked_about() -> None:
    """A parameter stands for the resource of the template that publishes it."""
    here = f"{stacks.REGION}:{stacks.ACCOUNT}"
    create = f"arn:aws:lambda:{here}:function:ecommerce-staging-orders-graphql-create-order:live"
    cancel = f"arn:aws:lambda:{here}:function:ecommerce-staging-orders-graphql-cancel-order:live"
    assert ("lambda:InvokeFunction", create) in asked("cart")
    assert {("lambda:InvokeFunction", arn) for arn in (create, cancel)} <= set(asked("partners"))
    table = f"arn:aws:dynamodb:{here}:table/ecommerce-staging-orders-Table-{stacks.RANDOM}"
    assert ("dynamodb:Scan", table) in asked("reconciliation")


@pytest.mark.parametrize("name", ["orders/nothing/arn", "orders/table/name", "nothing/api/arn"])
def test_a_called_function_that_no_template_publishes_is_named(name: str) -> None:
    with pytest.raises(Problem, match=f"{name}, which no template publishes as the alias of a function"):
        calls._function(f"/ecommerce/{{Environment}}/{name}", ROOT)


def asked(service: str) -> list[tuple[str, str]]:
    """Action and resource of each statement of the service's roles; `*` for an action that takes no resource."""
    found = {
        each
        for template in of_service(ROOT, service)
        for statement in boundaries.allowing(template.resources.values())
        for each in _asked(service, template, statement)
    }
    return sorted(found)


def _asked(service: str, template: Template, statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    places = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    for action in actions:
        if not takes_a_resource(action):
            yield action, "*"
        for place in places if takes_a_resource(action) else ():
            for arn in stacks.arns_of(service, template, place):
                yield action, arn


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_reaches_of_another_service_only_what_it_is_there_for(service: str) -> None:
    functions = {f"ecommerce-staging-{name}:live" for name in REACHED.get(service, ())}
    allowed = {
        (action, arn)
        for other in SERVICES
        if other != service
        for action, arn in uses(other)
        if stacks.boundary_decision(service, action, arn) == "Allow"
    }
    if service in WIDE:
        assert {action for action, _ in allowed} == WIDE[service]
    else:
        assert {(action, arn.partition(":function:")[2]) for action, arn in allowed} == {
            ("lambda:InvokeFunction", name) for name in functions
        }


def test_a_function_publishes_events_of_its_own_service_only() -> None:
    bus = f"arn:aws:events:{stacks.REGION}:{stacks.ACCOUNT}:event-bus/{stacks.BUS}"
    assert stacks.boundary_decision("orders", "events:PutEvents", bus, source="ecommerce.orders") == "Allow"
    assert stacks.boundary_decision("orders", "events:PutEvents", bus, source="ecommerce.payment") == "ImplicitDeny"


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_administers_nothing(service: str) -> None:
    for action, arn in (
        ("iam:CreateRole", stacks.role_of(service)),
        ("iam:PassRole", stacks.role_of(service)),
        ("sts:AssumeRole", f"arn:aws:iam::{stacks.ACCOUNT}:role/ecommerce-staging-pipeline-{service}-deploy"),
        ("s3:PutObject", f"arn:aws:s3:::{stacks.VALUES['Bucket']}/commits/{service}.zip"),
        ("kms:PutKeyPolicy", stacks.VALUES["KeyArn"]),
        ("cloudformation:UpdateStack", f"arn:aws:cloudformation:eu-west-1:{stacks.ACCOUNT}:stack/x/1"),
    ):
        assert stacks.boundary_decision(service, action, arn) != "Allow", action


@pytest.mark.parametrize("service", SERVICES)
def test_the_boundary_names_no_wildcard_action(service: str) -> None:
    statements = stacks._template(service)["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    assert [each for each in statements if each["Effect"] == "Allow" and "*" in json.dumps(each["Action"])] == []


def test_a_wildcard_action_of_a_template_is_refused() -> None:
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    policies = [{"Fn::If": ["Condition", {"PolicyDocument": {"Statement": [statement]}}, {"Ref": "AWS::NoValue"}]}]
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}
    with pytest.raises(Problem, match=r"a role of a template allows dynamodb:\*"):
        boundaries.actions_of_roles([role], {})


def test_an_unknown_managed_policy_is_refused() -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [arn]}}
    with pytest.raises(Problem, match="say under `managed` what AdministratorAccess allows"):
        boundaries.actions_of_roles([role], {"AWSXrayWriteOnlyAccess": []})


def test_a_boundary_over_the_quota_is_refused() -> None:
    many = [f"dynamodb:Get{number:04}" for number in range(400)]
    with pytest.raises(Problem, match=r"the permissions boundary of orders has .* over IAM's 6144"):
        rights.boundary_template("orders", rights.types_of("orders"), many)


def test_a_service_without_roles_has_a_boundary_that_allows_nothing() -> None:
    """IAM refuses a policy without a statement."""
    made = rights.boundary_template("orders", ["AWS::SNS::Topic"], [])
    (statement,) = made["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "*")
