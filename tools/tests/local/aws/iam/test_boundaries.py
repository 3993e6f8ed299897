"""Permissions boundaries: what a role with a boundary may do, and who may make a role without one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.stacks import Stack

LIMITED = "arn:aws:iam::000000000000:policy/limited"
PATH = "/shop/"
ROLES = "arn:aws:iam::000000000000:role/shop/*"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
GIVING = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"]
# What a role needs that makes roles for others, and may not make an administrator.
MAKER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": GIVING,
            "Resource": ROLES,
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": LIMITED}},
        },
        {"Effect": "Allow", "Action": ["iam:DeleteRole", "iam:DeleteRolePolicy"], "Resource": ROLES},
    ],
}


@pytest.fixture(scope="module")
def maker(cloud: Cloud) -> Iterator[str]:
    """The ARN of a role that may make limited roles."""
    iam = cloud.client("iam")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    iam.create_policy(PolicyName="limited", PolicyDocument=json.dumps(document))
    iam.create_role(RoleName="maker", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="maker", PolicyName="make", PolicyDocument=json.dumps(MAKER))
    yield "arn:aws:iam::000000000000:role/maker"
    iam.delete_role_policy(RoleName="maker", PolicyName="make")
    iam.delete_role(RoleName="maker")
    iam.delete_policy(PolicyArn=LIMITED)


@pytest.fixture(scope="module")
def iam_of_maker(cloud: Cloud, maker: str) -> Any:
    return as_role(cloud, maker, "iam")


def as_role(cloud: Cloud, role: str, service: str) -> Any:
    answer = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return cloud.client(
        service,
        aws_access_key_id=answer["AccessKeyId"],
        aws_secret_access_key=answer["SecretAccessKey"],
        aws_session_token=answer["SessionToken"],
    )


@pytest.fixture
def roles(cloud: Cloud) -> Iterator[None]:
    """Deletes the roles that the test made."""
    yield
    iam = cloud.client("iam")
    for name in [each["RoleName"] for each in iam.list_roles(PathPrefix=PATH)["Roles"]]:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)


def create(iam: Any, name: str, path: str = PATH, **more: str) -> None:
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(TRUST), **more)


def refused(error: pytest.ExceptionInfo[ClientError], action: str) -> bool:
    return error.value.response["Error"]["Code"] == "AccessDenied" and f"iam:{action}" in str(error.value)


@pytest.mark.usefixtures("roles")
def test_a_role_is_made_with_the_boundary_only(iam_of_maker: Any) -> None:
    with pytest.raises(ClientError) as error:
        create(iam_of_maker, "free")
    assert refused(error, "CreateRole")
    with pytest.raises(ClientError) as error:
        create(iam_of_maker, "wide", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    assert refused(error, "CreateRole")
    create(iam_of_maker, "bound", PermissionsBoundary=LIMITED)


@pytest.mark.usefixtures("roles")
def test_a_policy_about_a_path_is_not_about_other_paths(iam_of_maker: Any) -> None:
    with pytest.raises(ClientError) as error:
        create(iam_of_maker, "bound", path="/other/", PermissionsBoundary=LIMITED)
    assert refused(error, "CreateRole")


@pytest.mark.usefixtures("roles")
def test_a_role_without_the_boundary_gets_no_policy(cloud: Cloud, iam_of_maker: Any) -> None:
    create(cloud.client("iam"), "free")
    with pytest.raises(ClientError) as error:
        iam_of_maker.put_role_policy(RoleName="free", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    assert refused(error, "PutRolePolicy")
    iam_of_maker.put_role_permissions_boundary(RoleName="free", PermissionsBoundary=LIMITED)
    iam_of_maker.put_role_policy(RoleName="free", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    with pytest.raises(ClientError) as error:
        iam_of_maker.delete_role_permissions_boundary(RoleName="free")
    assert refused(error, "DeleteRolePermissionsBoundary")


@pytest.mark.usefixtures("roles")
def test_a_policy_gives_a_role_no_more_than_its_boundary(cloud: Cloud, iam_of_maker: Any) -> None:
    create(iam_of_maker, "bound", PermissionsBoundary=LIMITED)
    iam_of_maker.put_role_policy(RoleName="bound", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    role = f"arn:aws:iam::000000000000:role{PATH}bound"
    as_role(cloud, role, "sqs").list_queues()
    with pytest.raises(ClientError, match="AccessDenied"):
        as_role(cloud, role, "s3").list_buckets()


# --- stacks ---


def template(policies: list[dict[str, Any]], boundary: str = "") -> str:
    properties: dict[str, Any] = {"RoleName": "of-stack", "Path": PATH, "AssumeRolePolicyDocument": TRUST}
    properties["Policies"] = policies
    if boundary:
        properties["PermissionsBoundary"] = boundary
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})


ALL = [{"PolicyName": "all", "PolicyDocument": EVERYTHING}]


@pytest.fixture
def stack(cloud: Cloud) -> Iterator[Stack]:
    made = Stack(cloud, "makes-a-role")
    yield made
    if made.status():
        made.delete()


def boundary_of(cloud: Cloud) -> str:
    role = cloud.client("iam").get_role(RoleName="of-stack")["Role"]
    return str(role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))


@pytest.mark.usefixtures("maker")
def test_a_stack_sets_changes_and_removes_the_boundary(cloud: Cloud, stack: Stack) -> None:
    assert stack.deploy(template(ALL, LIMITED)) == "CREATE_COMPLETE"
    assert boundary_of(cloud) == LIMITED
    assert stack.deploy(template(ALL, "arn:aws:iam::aws:policy/ReadOnlyAccess")) == "UPDATE_COMPLETE"
    assert boundary_of(cloud) == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert stack.deploy(template(ALL)) == "UPDATE_COMPLETE"
    assert boundary_of(cloud) == ""


def test_a_boundary_that_does_not_exist_fails_the_stack(stack: Stack) -> None:
    assert stack.deploy(template([], "arn:aws:iam::000000000000:policy/missing")) == "ROLLBACK_COMPLETE"
    assert any("policy/missing" in reason for _, _, reason in stack.reasons())


def test_a_stack_makes_roles_with_the_rights_of_its_own_role(stack: Stack, maker: str) -> None:
    assert stack.deploy_as(maker, template(ALL)) == "ROLLBACK_COMPLETE"
    assert any("is not authorized to perform: iam:CreateRole" in reason for _, _, reason in stack.reasons())
    stack.delete()
    assert stack.deploy_as(maker, template(ALL, LIMITED)) == "CREATE_COMPLETE"


def test_a_stack_keeps_its_role(cloud: Cloud, stack: Stack, maker: str) -> None:
    """Also when a later caller passes none, as CloudFormation's page on service roles has it."""
    assert stack.deploy_as(maker, template([], LIMITED)) == "CREATE_COMPLETE"
    assert stack.deploy(template(ALL)) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("iam:DeleteRolePermissionsBoundary" in reason for _, _, reason in stack.reasons())
    assert boundary_of(cloud) == LIMITED
