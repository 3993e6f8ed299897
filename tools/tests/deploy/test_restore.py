"""A stack takes back what an earlier one kept, with its contents."""

import json
from collections.abc import Callable, Iterator

import pytest

from tools.deploy.deploy import creates_beside_kept, deploy
from tools.deploy.kept import deleted_stacks
from tools.deploy.restore import import_template, restore
from tools.deploy.stacks import Stacks
from tools.deploy.teardown import teardown
from tools.project import services as real_services
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service

ITEM = {"id": {"S": "kept"}}
POOL = """
  Pool:
    Type: AWS::Cognito::UserPool
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      UserPoolName: !Sub ecommerce-${Environment}-alpha
      LambdaConfig: { PostConfirmation: !GetAtt HelloFunction.Arn }

  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" }
            Action: kms:*
            Resource: "*"

  HelloFunction:"""


@pytest.fixture(autouse=True)
def _empty(target: Target, services: dict[str, Service]) -> Iterator[None]:
    """Each test begins and ends without a stack, and without what a stack kept."""
    yield
    stack = Stacks(target).find("ecommerce-local-alpha")
    if stack:
        Stacks(target).delete(stack)
    for deleted in deleted_stacks(services["alpha"], target):
        for kept in deleted.kept:
            target.client("dynamodb").delete_table(TableName=kept.physical_id)


def table(target: Target) -> str:
    name = "/ecommerce/local/alpha/table/name"
    return target.parameters([name])[name]


def items(target: Target, name: str) -> list[object]:
    return list(target.client("dynamodb").scan(TableName=name)["Items"])


def torn_down(alpha: Service, target: Target) -> str:
    """The table that the deleted stack kept, with one item."""
    deploy(alpha, target)
    name = table(target)
    target.client("dynamodb").put_item(TableName=name, Item=ITEM)
    teardown(alpha, target, {"alpha": alpha})
    return name


def test_a_table_is_taken_back_with_its_items(
    target: Target, services: dict[str, Service], capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = services["alpha"]
    kept = torn_down(alpha, target)
    assert restore(alpha, target, {}).startswith("1 taken back, updated in")
    assert f"takes back: Table (AWS::DynamoDB::Table) {kept}" in capsys.readouterr().out
    assert table(target) == kept
    assert items(target, kept) == [ITEM]
    live = Stacks(target).find("ecommerce-local-alpha")
    assert live is not None
    assert {tag["Key"] for tag in live["Tags"]} == {"environment", "service", "owner"}
    answer = target.client("lambda").invoke(FunctionName="ecommerce-local-alpha-hello")
    assert answer["Payload"].read() == b'"hello"'
    assert deploy(alpha, target) == "no changes"
    assert restore(alpha, target, {}) == "no changes"
    with pytest.raises(Problem, match=r"so FROM has no effect; .* first `make teardown-alpha`"):
        restore(alpha, target, {"FROM": "arn:another"})


def test_a_service_that_keeps_nothing_is_deployed(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)
    assert restore(services["beta"], target, {}).startswith("created in")
    teardown(services["beta"], target, {})


def test_it_can_be_kept_and_taken_back_again(target: Target, services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    kept = torn_down(alpha, target)
    restore(alpha, target, {})
    assert "1 resource kept" in teardown(alpha, target, {"alpha": alpha})
    restore(alpha, target, {})
    assert items(target, kept) == [ITEM]


def test_a_user_pool_and_a_key_are_taken_back(
    target: Target, services: dict[str, Service], edit: Callable[[Service, str, str], Service]
) -> None:
    alpha = edit(services["alpha"], "\n  HelloFunction:", POOL)
    deploy(alpha, target)
    stack = target.cloudformation.list_stack_resources(StackName="ecommerce-local-alpha")
    before = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack["StackResourceSummaries"]}
    target.client("cognito-idp").admin_create_user(UserPoolId=before["Pool"], Username="jo", MessageAction="SUPPRESS")
    teardown(alpha, target, {"alpha": alpha})
    assert restore(alpha, target, {}).startswith("3 taken back, updated in")
    stack = target.cloudformation.list_stack_resources(StackName="ecommerce-local-alpha")
    after = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack["StackResourceSummaries"]}
    assert [after[name] for name in ("Table", "Pool", "Key")] == [before[name] for name in ("Table", "Pool", "Key")]
    pool = target.client("cognito-idp").describe_user_pool(UserPoolId=after["Pool"])["UserPool"]
    assert pool["LambdaConfig"]["PostConfirmation"].endswith(":function:ecommerce-local-alpha-hello")
    assert target.client("cognito-idp").admin_get_user(UserPoolId=after["Pool"], Username="jo")["Username"] == "jo"
    Stacks(target).delete({"StackId": stack_id(target), "StackName": "ecommerce-local-alpha"})
    target.client("cognito-idp").delete_user_pool(UserPoolId=after["Pool"])
    target.client("kms").schedule_key_deletion(KeyId=after["Key"], PendingWindowInDays=7)


def stack_id(target: Target) -> str:
    stack = Stacks(target).find("ecommerce-local-alpha")
    assert stack is not None
    return str(stack["StackId"])


def test_a_deployment_beside_kept_state_says_so_and_the_earlier_state_can_still_be_chosen(
    target: Target, services: dict[str, Service], capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = services["alpha"]
    kept = torn_down(alpha, target)
    (earlier,) = deleted_stacks(alpha, target)
    capsys.readouterr()
    deploy(alpha, target)
    assert f"an earlier stack kept {kept}; `make restore-alpha` takes that back" in capsys.readouterr().out
    empty = table(target)
    assert empty != kept
    with pytest.raises(Problem, match=rf"is deployed without {kept}; to take that back, first `make teardown-alpha`"):
        restore(alpha, target, {})
    teardown(alpha, target, {"alpha": alpha})
    with pytest.raises(Problem, match=r"FROM=nothing is no deleted stack that kept something; there are arn:"):
        restore(alpha, target, {"FROM": "nothing"})
    restore(alpha, target, {"FROM": earlier.id})
    assert table(target) == kept


def test_nothing_to_take_back(target: Target, services: dict[str, Service]) -> None:
    kept = torn_down(services["alpha"], target)
    target.client("dynamodb").delete_table(TableName=kept)
    with pytest.raises(Problem, match="no deleted stack ecommerce-local-alpha kept anything that still exists"):
        restore(services["alpha"], target, {})


def test_prod_is_not_created_empty_by_accident(target: Target) -> None:
    prod = Target(Environment("prod", "aws", "eu-west-1"), target.session)
    with pytest.raises(Problem, match=r"kept a table \(add CONFIRM=empty if you want that\)"):
        creates_beside_kept("kept a table", prod, {})
    creates_beside_kept("kept a table", prod, {"CONFIRM": "empty"})
    creates_beside_kept("", prod, {})


@pytest.mark.parametrize("name", ["orders", "users", "platform"])
def test_the_template_of_an_import_stands_alone(name: str) -> None:
    """An import accepts nothing but the resources to import, each with a DeletionPolicy."""
    template = real_services.one(name).template
    wanted = [
        key
        for key, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    ]
    document = json.loads(import_template(template, wanted))
    assert list(document["Resources"]) == wanted
    assert "Outputs" not in document
    assert "Transform" not in document
    for resource in document["Resources"].values():
        assert "Function" not in json.dumps(resource)
        assert resource["DeletionPolicy"] == "Retain"
