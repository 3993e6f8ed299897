"""Roles and Lambda functions in a local cloud from a few lines of source."""

import io
import json
import textwrap
import uuid
import zipfile
from typing import Any

from tools.local.client import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

LOG_ACTIONS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
"""What AWSLambdaBasicExecutionRole allows."""
MAY_LOG = {"Effect": "Allow", "Action": list(LOG_ACTIONS), "Resource": "*"}


def make_role(cloud: Cloud, *statements: dict[str, Any]) -> str:
    """A role that functions may assume, with exactly these permissions."""
    iam, name = cloud.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return arn


def package(source: str) -> bytes:
    """A deployment package of one module `app`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", textwrap.dedent(source))
    return buffer.getvalue()


def make_function(cloud: Cloud, source: str, *statements: dict[str, Any], **options: Any) -> str:
    """Create a function `app.handler`. Returns its name."""
    name = f"fn-{uuid.uuid4().hex[:8]}"
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=make_role(cloud, *statements),
        Handler=options.pop("Handler", "app.handler"),
        Code={"ZipFile": package(source)},
        **{"Timeout": 10, **options},
    )
    return name


def invoke(cloud: Cloud, name: str, event: object = None) -> tuple[str | None, Any]:
    """The function error, if any, and the payload."""
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())
