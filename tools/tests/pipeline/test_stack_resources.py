"""What a stack role may do to resources whose ids AWS chooses, and whether its statements name resources that their
actions take at all."""

import json
from collections.abc import Iterator

import pytest

from tools import ROOT
from tools.check.rules.aws.transformed import of_service
from tools.pipeline import rights
from tools.pipeline.iam_actions import resource_arns, share_a_text, takes_a_resource
from tools.project.services import of_platform
from tools.tests.pipeline import stack_policies as stacks

SERVICES = sorted(of_platform())
HERE = f"{stacks.REGION}:{stacks.ACCOUNT}"
POOL = stacks.CHOSEN["AWS::Cognito::UserPool"].format(HERE)
API = stacks.CHOSEN["AWS::AppSync::GraphQLApi"].format(HERE)
# Not in IAM's reference: CloudFormation User Guide, *Control CloudFormation access with IAM*.
TRANSFORM = f"arn:aws:cloudformation:{stacks.REGION}:aws:transform/Serverless-2016-10-31"


@pytest.mark.parametrize("service", SERVICES)
def test_each_action_is_allowed_on_a_resource_that_it_takes(service: str) -> None:
    unknown = [
        (action, arns)
        for action, arns in allowed(service)
        if not any(share_a_text(arn, form) for arn in arns for form in resource_arns(action))
    ]
    assert unknown == []


def allowed(service: str) -> Iterator[tuple[str, list[str]]]:
    """Action and resources of each statement about resources."""
    for statement in stacks.policy(service)["Statement"]:
        if statement["Effect"] == "Allow" and statement["Resource"] not in ("*", [TRANSFORM]):
            for action in statement["Action"]:
                assert takes_a_resource(action), action
                yield action, statement["Resource"]


def test_patterns_share_a_text_or_not() -> None:
    pool = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/*"
    assert share_a_text(pool, pool.replace("userpool/*", "*/a"))
    assert not share_a_text(pool, pool.replace("userpool", "identitypool"))
    assert not share_a_text("*/b", "*/a")
    assert share_a_text("stack/*", "stack/a-*/*")
    assert share_a_text("a*c", "ab*")
    assert not share_a_text("a*c", "b*")


@pytest.mark.parametrize(("service", "name", "resource"), [("users", "-users", POOL), ("frontend-api", "", API)])
def test_a_stack_associates_its_web_acl(service: str, name: str, resource: str) -> None:
    """Cognito Developer Guide: *Associate an AWS WAF web ACL with a user pool*. AWS WAF asks about the web ACL and
    about what it protects, and the service of that about its own action. Dissociating names no web ACL."""
    acl = f"arn:aws:wafv2:{HERE}:regional/webacl/ecommerce-{stacks.ENVIRONMENT}{name}/1a2b"
    namespace = resource.split(":")[2]
    asked = [
        ("wafv2:AssociateWebACL", acl),
        ("wafv2:AssociateWebACL", resource),
        ("wafv2:DisassociateWebACL", resource),
        ("wafv2:GetWebACLForResource", resource),
        *(
            (f"{namespace}:{name}", resource)
            for name in ("AssociateWebACL", "DisassociateWebACL", "GetWebACLForResource")
        ),
    ]
    assert [each for each in asked if stacks.decision(service, *each) != "Allow"] == []


def test_a_stack_changes_only_what_its_web_acl_may_protect() -> None:
    assert not [each for each in stacks.allowed_actions("users") if each.startswith("appsync:")]
    assert not [each for each in stacks.allowed_actions("frontend-api") if each.startswith("cognito-idp:")]
    assert stacks.decision("users", "wafv2:AssociateWebACL", API) == "ImplicitDeny"
    assert stacks.decision("frontend-api", "wafv2:AssociateWebACL", POOL) == "ImplicitDeny"


# Type -> the collection in which API Gateway makes resources of the type.
COLLECTIONS = {
    "AWS::ApiGateway::Deployment": "/restapis/1a2b3c/deployments",
    "AWS::ApiGateway::RestApi": "/restapis",
    "AWS::ApiGateway::Stage": "/restapis/1a2b3c/stages",
    "AWS::ApiGateway::UsagePlan": "/usageplans",
    "AWS::ApiGatewayV2::Api": "/apis",
    "AWS::ApiGatewayV2::Integration": "/apis/1a2b3c/integrations",
    "AWS::ApiGatewayV2::Route": "/apis/1a2b3c/routes",
    "AWS::ApiGatewayV2::Stage": "/apis/1a2b3c/stages",
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_stack_changes_each_part_of_its_apis(service: str) -> None:
    """API Gateway Developer Guide: *Amazon API Gateway API permissions reference*, and the Service Authorization
    Reference: *Amazon API Gateway Management*."""
    for kind in (each for each in rights.types_of(service) if each.startswith("AWS::ApiGateway")):
        arn = f"arn:aws:apigateway:{stacks.REGION}::{COLLECTIONS[kind]}"
        for action, resource in (
            ("POST", arn),
            ("GET", f"{arn}/4d5e6f"),
            ("PATCH", f"{arn}/4d5e6f"),
            ("DELETE", f"{arn}/4d5e6f"),
        ):
            assert stacks.decision(service, f"apigateway:{action}", resource) == "Allow", (kind, action)


def test_only_a_stack_with_a_usage_plan_changes_usage_plans() -> None:
    plan = f"arn:aws:apigateway:{stacks.REGION}::/usageplans/4d5e6f"
    allowed = [each for each in SERVICES if stacks.decision(each, "apigateway:PATCH", plan) == "Allow"]
    assert (
        allowed == [each for each in SERVICES if "AWS::ApiGateway::UsagePlan" in rights.types_of(each)] == ["partners"]
    )


# Service -> the service of AWS that gets a role of its own: for mails by SES, and for traces.
LINKED = {"users": "email.cognito-idp.amazonaws.com", "frontend-api": "appsync.amazonaws.com"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_stack_makes_the_roles_that_services_of_aws_need_for_it(service: str) -> None:
    """IAM User Guide: *Create a service-linked role*. Cognito Developer Guide: *Using service-linked roles for Amazon
    Cognito*. X-Ray Developer Guide: *AWS AppSync and AWS X-Ray*."""
    action = "iam:CreateServiceLinkedRole"
    for name in (*LINKED.values(), "ecs.amazonaws.com"):
        arn = f"arn:aws:iam::{stacks.ACCOUNT}:role/aws-service-role/{name}/AWSServiceRoleForIt"
        wanted = "Allow" if LINKED.get(service) == name else "ImplicitDeny"
        assert stacks.decision(service, action, arn, AWSServiceName=name) == wanted
        assert stacks.decision(service, action, arn, AWSServiceName="other.amazonaws.com") == "ImplicitDeny"
    assert stacks.decision(service, action, stacks.role_of(service), AWSServiceName=LINKED.get(service, "x")) != "Allow"


def test_the_templates_have_what_needs_such_a_role() -> None:
    """A user pool that sends by SES, and an API with traces."""
    found = {
        (template.service, resource["Type"])
        for service in SERVICES
        for template in of_service(ROOT, service)
        for resource in template.resources.values()
        if any(text in json.dumps(resource) for text in ('"EmailSendingAccount": "DEVELOPER"', '"XrayEnabled": true'))
    }
    assert found == {("users", "AWS::Cognito::UserPool"), ("frontend-api", "AWS::AppSync::GraphQLApi")}
