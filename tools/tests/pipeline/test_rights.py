"""The roles that deploy: what each service's stack may do."""

import json

import pytest

from tools.pipeline import rights
from tools.pipeline.iam_actions import exists, takes_a_resource
from tools.project.problems import Problem
from tools.project.services import of_platform


def actions(service: str) -> set[str]:
    template = rights.template(service, rights.types_of(service))
    document = template["Resources"]["StackRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_the_templates_are_up_to_date() -> None:
    assert rights.stale() == []


@pytest.mark.parametrize("service", sorted(of_platform()))
def test_a_role_names_no_wildcard_action(service: str) -> None:
    assert not [action for action in actions(service) if "*" in action]


@pytest.mark.parametrize("service", sorted(of_platform()))
def test_only_actions_without_a_resource_are_allowed_on_any(service: str) -> None:
    template = rights.template(service, rights.types_of(service))
    for role in ("DeployRole", "StackRole"):
        for statement in template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            if "*" in statement["Resource"]:
                assert [action for action in statement["Action"] if takes_a_resource(action)] == []


@pytest.mark.parametrize("service", sorted(of_platform()))
def test_a_role_names_only_actions_that_iam_knows(service: str) -> None:
    assert [action for action in actions(service) if not exists(action)] == []


def test_a_policy_over_the_quota_is_refused() -> None:
    others = [f"orders-{number:03}" for number in range(20)]
    with pytest.raises(Problem, match=r"the role stack of orders has .* over IAM's 10240"):
        rights.template("orders", rights.types_of("orders"), others)


@pytest.mark.parametrize("service", sorted(of_platform()))
def test_each_type_of_a_template_can_be_made_changed_and_deleted(service: str) -> None:
    """Against CloudFormation's schemas, which do not know our table."""
    allowed = actions(service)
    for kind in rights.types_of(service):
        wanted = rights.namespaces_of(kind, rights.types_of(service))
        declared = {each for each in rights.declared_actions()[kind] if each.partition(":")[0] in wanted}
        known = {each for each in declared if exists(each)}
        assert known - allowed <= set(rights.rights()["never"]), kind


def test_a_stack_reads_and_writes_no_items() -> None:
    assert not actions("orders") & {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:Query"}


def test_a_service_without_a_table_may_make_none() -> None:
    assert not [each for each in actions("delivery-pricing") if each.startswith("dynamodb:")]


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(Problem, match="say under `types` what AWS::EC2::Instance needs"):
        rights.template("orders", ["AWS::EC2::Instance"])


def test_roles_of_a_service_cannot_change_another() -> None:
    text = json.dumps(rights.template("orders", rights.types_of("orders")))
    assert "table/ecommerce-${Environment}-${Service}-*" in text
    assert "table/*" not in text
