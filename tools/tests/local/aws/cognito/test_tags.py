"""A policy about the tags of user pools."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "cognito-idp:ListUsers",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/environment": "staging"}},
        }
    ],
}


@pytest.fixture
def cognito(cloud: Cloud) -> Iterator[Any]:
    """The client of a role that reads users of pools of staging."""
    iam = cloud.client("iam")
    iam.create_role(RoleName="reader-of-pools", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="reader-of-pools", PolicyName="read", PolicyDocument=json.dumps(POLICY))
    role = "arn:aws:iam::000000000000:role/reader-of-pools"
    answer = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = cloud.session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    yield cloud.client("cognito-idp", session)
    iam.delete_role_policy(RoleName="reader-of-pools", PolicyName="read")
    iam.delete_role(RoleName="reader-of-pools")


@pytest.mark.parametrize(("tags", "allowed"), [({"environment": "staging"}, True), ({"environment": "prod"}, False)])
def test_a_policy_about_a_tag_allows_pools_with_it(
    cloud: Cloud, cognito: Any, tags: dict[str, str], allowed: bool
) -> None:
    owner = cloud.client("cognito-idp")
    pool = owner.create_user_pool(PoolName="tagged", UserPoolTags=tags)["UserPool"]["Id"]
    try:
        if allowed:
            assert cognito.list_users(UserPoolId=pool)["Users"] == []
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                cognito.list_users(UserPoolId=pool)
    finally:
        owner.delete_user_pool(UserPoolId=pool)
