"""What a stack role may change, decided by the local cloud's IAM: the resources of its service, and no other's."""

import itertools
import json

import pytest

from tools import ROOT
from tools.check.rules.aws.quotas import longest_environment
from tools.check.rules.aws.transformed import of_service
from tools.pipeline import rights
from tools.pipeline.iam_actions import takes_a_resource
from tools.project.services import of_platform
from tools.tests.pipeline import stack_policies as stacks

SERVICES = sorted(of_platform())
PREFIXES = [(short, long) for short, long in itertools.permutations(SERVICES, 2) if long.startswith(f"{short}-")]


def test_names_of_services_do_overlap() -> None:
    """Else the tests of neighbours would test nothing."""
    assert PREFIXES == [("delivery", "delivery-pricing"), ("payment", "payment-3p")]
    assert rights.neighbours("payment", SERVICES) == ["payment-3p"]
    assert rights.neighbours("payment-3p", SERVICES) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_stack_can_change_each_of_its_own_resources(service: str) -> None:
    refused = [each for each in stacks.owned(service) if stacks.decision(service, each.action, each.arn) != "Allow"]
    assert refused == []


def test_a_long_name_is_shortened_as_cloudformation_does() -> None:
    """Both halves of a name that has 50 characters beside the random text, or the longer one."""
    shortened = stacks.given_name("AWS::Events::Rule", "ecommerce-prod-notifications", "OnUserCreatedFunctionUsers")
    assert shortened == f"ecommerce-prod-notificati-OnUserCreatedFunctionUser-{stacks.RANDOM}"
    shortened = stacks.given_name("AWS::Events::Rule", "a-stack-with-a-name-of-41-characters-here", "OrderRule")
    assert shortened == f"a-stack-with-a-name-of-41-characters-here-OrderRule-{stacks.RANDOM}"
    shortened = stacks.given_name("AWS::Events::Rule", "a-stack-with-a-name-of-41-characters-here", "OrderLinesRule")
    assert shortened == f"a-stack-with-a-name-of-41-characters-OrderLinesRule-{stacks.RANDOM}"


def test_no_environment_has_a_longer_name() -> None:
    """Else names would be shortened there that fit here."""
    assert len(longest_environment(ROOT)) <= len(stacks.ENVIRONMENT)


@pytest.mark.parametrize("service", SERVICES)
def test_each_rule_of_a_function_has_a_name(service: str) -> None:
    """SAM makes its logical id of two others, so that CloudFormation shortens the name of the stack, which begins what
    a stack may change."""
    for template in of_service(ROOT, service):
        for logical, resource in template.resources.items():
            if resource["Type"] == "AWS::Events::Rule" and "Function" in logical:
                start = f"ecommerce-${{Environment}}-{service}-"
                assert str(resource["Properties"].get("Name", {}).get("Fn::Sub")).startswith(start), logical


@pytest.mark.parametrize("service", SERVICES)
def test_the_resources_of_each_stack_are_seen(service: str) -> None:
    """Types that have names are those of the templates."""
    types = {each["Type"] for template in of_service(ROOT, service) for each in template.resources.values()}
    assert {each.kind for each in stacks.owned(service)} == types & stacks.KINDS.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_a_stack_changes_nothing_of_another_service(service: str) -> None:
    others = [each for other in SERVICES if other != service for each in stacks.owned(other)]
    actions = stacks.limited_actions(service)
    allowed = {
        (action, each.arn)
        for each in others
        for action in actions
        if action.partition(":")[0] == each.namespace and stacks.decision(service, action, each.arn) == "Allow"
    }
    # Every stack reads the parameters of the environment.
    assert {pair for pair in allowed if pair[0] != "ssm:GetParameters"} == set()


@pytest.mark.parametrize(("service", "other"), PREFIXES)
def test_the_stack_of_a_neighbour_is_out_of_reach(service: str, other: str) -> None:
    """Its own stack, and a resource of a type that only `service` has today."""
    here = f"{stacks.REGION}:{stacks.ACCOUNT}"
    stack = f"arn:aws:cloudformation:{here}:stack/ecommerce-staging-{other}/11111111-2222-3333-4444-555555555555"
    table = f"arn:aws:dynamodb:{here}:table/ecommerce-staging-{other}-later"
    assert stacks.decision(service, "cloudformation:DeleteStack", stack) == "Deny"
    assert stacks.decision(service, "dynamodb:DeleteTable", table) == "Deny"
    assert stacks.decision(service, "dynamodb:DeleteTable", table.replace(other, service)) == "Allow"


@pytest.mark.parametrize("service", SERVICES)
def test_the_transforms_of_its_templates_are_applied_with_the_rights_of_a_stack(service: str) -> None:
    for template in of_service(ROOT, service):
        transforms = json.loads(template.packaged).get("Transform") or []
        for name in [transforms] if isinstance(transforms, str) else transforms:
            arn = f"arn:aws:cloudformation:{stacks.REGION}:aws:transform/{name.removeprefix('AWS::')}"
            assert stacks.decision(service, "cloudformation:CreateChangeSet", arn) == "Allow", arn


@pytest.mark.parametrize("service", SERVICES)
def test_what_iam_cannot_limit_is_allowed_on_any_resource(service: str) -> None:
    """IAM refuses such an action when a policy allows it on an ARN only, as `cognito-idp:CreateUserPool`."""
    unlimited = [each for each in stacks.allowed_actions(service) if not takes_a_resource(each)]
    assert [each for each in unlimited if stacks.decision(service, each, "*") != "Allow"] == []


def test_a_stack_with_keys_changes_its_own_and_not_that_of_the_pipelines() -> None:
    """The pipelines may be in the same account."""
    other = stacks.VALUES["KeyArn"].replace("key/1111", "key/2222")
    for action in ("kms:PutKeyPolicy", "kms:DisableKey", "kms:ScheduleKeyDeletion"):
        assert stacks.decision("platform", action, other) == "Allow"
        assert stacks.decision("platform", action, stacks.VALUES["KeyArn"]) == "Deny"
    assert stacks.decision("platform", "kms:Decrypt", stacks.VALUES["KeyArn"]) == "Allow"
