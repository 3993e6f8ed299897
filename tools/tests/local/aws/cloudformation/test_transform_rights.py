"""A stack with a role has its transforms applied with the rights of that role."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud

NAME = "transformed"
ROLE = f"arn:aws:iam::000000000000:role/{NAME}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SAM, LANGUAGE = "Serverless-2016-10-31", "LanguageExtensions"


@pytest.fixture
def role(cloud: Cloud) -> Iterator[str]:
    iam = cloud.client("iam")
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    yield ROLE
    for name in iam.list_role_policies(RoleName=NAME)["PolicyNames"]:
        iam.delete_role_policy(RoleName=NAME, PolicyName=name)
    iam.delete_role(RoleName=NAME)


def arn(cloud: Cloud, transform: str) -> str:
    return f"arn:aws:cloudformation:{cloud.client('cloudformation').meta.region_name}:aws:transform/{transform}"


def allow(cloud: Cloud, *transforms: str) -> None:
    """Let the role make topics, and have these transforms applied."""
    arns = [arn(cloud, name) for name in transforms]
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}]
    if arns:
        statements.append({"Effect": "Allow", "Action": "cloudformation:CreateChangeSet", "Resource": arns})
    document = {"Version": "2012-10-17", "Statement": statements}
    cloud.client("iam").put_role_policy(RoleName=NAME, PolicyName="stack", PolicyDocument=json.dumps(document))


def reason(cloud: Cloud, *transforms: str, role: str = "") -> str:
    """Why a change set for a template with these transforms is refused; empty if it is not."""
    client = cloud.client("cloudformation")
    names = {"StackName": NAME, "ChangeSetName": "first"}
    body: dict[str, object] = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    if transforms:
        body["Transform"] = [f"AWS::{name}" for name in transforms]
    given = {"RoleARN": role} if role else {}
    try:
        client.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=json.dumps(body), **given)
    except ClientError as error:
        return error.response["Error"]["Message"]
    client.delete_stack(StackName=NAME)
    return ""


def test_a_role_without_the_right_has_no_transform_applied(cloud: Cloud, role: str) -> None:
    allow(cloud, SAM)
    action = "cloudformation:CreateChangeSet"
    assert reason(cloud, LANGUAGE, SAM, role=role) == (
        f"User: arn:aws:sts::000000000000:assumed-role/{NAME}/AWSCloudFormation is not authorized to perform: {action} "
        f"on resource: {arn(cloud, LANGUAGE)} "
        f"because no identity-based policy allows the {action} action"
    )


def test_a_role_with_the_right_has_them_applied(cloud: Cloud, role: str) -> None:
    allow(cloud, LANGUAGE, SAM)
    assert reason(cloud, LANGUAGE, SAM, role=role) == ""


def test_a_template_without_a_transform_needs_no_right(cloud: Cloud, role: str) -> None:
    allow(cloud)
    assert reason(cloud, role=role) == ""


def test_a_stack_without_a_role_needs_none(cloud: Cloud) -> None:
    assert reason(cloud, SAM) == ""
