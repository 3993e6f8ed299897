"""`aws:PrincipalArn` of a session is the ARN of its role. The page "AWS global condition context keys"."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.aws.iam.test_boundaries import as_role

ACCOUNT = "arn:aws:iam::000000000000"
MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"{ACCOUNT}:role/door"}


def trust(**more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"{ACCOUNT}:root"}, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make(cloud: Cloud, name: str, path: str) -> None:
    iam = cloud.client("iam")
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust())
    policy = json.dumps({"Version": "2012-10-17", "Statement": [MAY_ASSUME]})
    iam.put_role_policy(RoleName=name, PolicyName="assume", PolicyDocument=policy)


def delete(cloud: Cloud, name: str) -> None:
    cloud.client("iam").delete_role_policy(RoleName=name, PolicyName="assume")
    cloud.client("iam").delete_role(RoleName=name)


@pytest.fixture
def door(cloud: Cloud) -> Iterator[str]:
    """A role for sessions of the role `/of/holder` alone, among two that may ask for it."""
    allowed = {"ArnEquals": {"aws:PrincipalArn": f"{ACCOUNT}:role/of/holder"}}
    cloud.client("iam").create_role(RoleName="door", AssumeRolePolicyDocument=trust(Condition=allowed))
    make(cloud, "holder", "/of/")
    make(cloud, "other", "/of/")
    yield f"{ACCOUNT}:role/door"
    for name in ("holder", "other"):
        delete(cloud, name)
    cloud.client("iam").delete_role(RoleName="door")


def enter(cloud: Cloud, door: str, role: str) -> Any:
    sts = as_role(cloud, f"{ACCOUNT}:role/of/{role}", "sts")
    return sts.assume_role(RoleArn=door, RoleSessionName="test")["AssumedRoleUser"]["Arn"]


def test_sessions_of_the_named_role_only_are_trusted(cloud: Cloud, door: str) -> None:
    assert enter(cloud, door, "holder").endswith("assumed-role/door/test")
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(cloud, door, "other")


def test_a_role_that_was_deleted_and_created_again_is_trusted(cloud: Cloud, door: str) -> None:
    delete(cloud, "holder")
    make(cloud, "holder", "/of/")
    assert enter(cloud, door, "holder")
