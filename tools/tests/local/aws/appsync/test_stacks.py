"""Unsupported configurations fail the stack with the reason. Missing permissions fail the call."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.aws.appsync.shop import CODE, SCHEMA, TEMPLATE, Shop
from tools.tests.local.stacks import Stack, deployed

UNKNOWN = "export function request(ctx) { return {}; }\nexport function response(ctx) { return ctx.result; }"


def failing(
    cloud: Cloud, body: str = TEMPLATE, given: Mapping[str, str] | None = None, **parameters: str
) -> dict[str, str]:
    """The reasons of the resources that could not be created."""
    stack = Stack(cloud, f"shop-{uuid.uuid4().hex[:8]}")
    try:
        assert stack.deploy(body, **{**(given or {"Schema": SCHEMA, "Code": CODE}), **parameters}).startswith(
            "ROLLBACK"
        )
        return {name: reason for name, status, reason in stack.reasons() if status == "CREATE_FAILED"}
    finally:
        stack.delete()


def test_an_invalid_schema(cloud: Cloud) -> None:
    reasons = failing(cloud, Schema=SCHEMA.replace("mine: Thing ", "mine: Thin "))
    assert "Schema creation failed: Unknown type 'Thin'" in reasons["ApiSchema"]
    assert "line 3" in reasons["ApiSchema"]


def test_code_without_a_twin(cloud: Cloud) -> None:
    reasons = failing(cloud, Code=UNKNOWN)
    # The first resolver fails; CloudFormation cancels the others.
    shown = [text for text in reasons.values() if "cancelled" not in text]
    assert shown
    assert all("the local cloud has no JavaScript engine" in text for text in shown)


def test_a_field_that_the_schema_lacks(cloud: Cloud) -> None:
    reasons = failing(cloud, TEMPLATE.replace("FieldName: plain", "FieldName: plane"))
    assert "No field named plane found on type Query" in reasons["QueryPlain"]


def test_schema_and_code_from_s3(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), f"artifacts-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/schema.graphql", Body=SCHEMA.encode())
    s3.put_object(Bucket=bucket, Key="a/invoke.js", Body=CODE.encode())
    body = TEMPLATE.replace("Definition: !Ref Schema", "DefinitionS3Location: !Ref Schema")
    body = body.replace("Code: !Ref Code", "CodeS3Location: !Ref Code")
    located = {"Schema": f"s3://{bucket}/a/schema.graphql", "Code": f"s3://{bucket}/a/invoke.js"}
    with deployed(cloud, f"shop-{uuid.uuid4().hex[:8]}", body, **located) as stack:
        shop = Shop(cloud, stack)
        assert shop.ask("{ open { name } }", key=shop.key).json == {"data": {"open": {"name": "open"}}}
    reasons = failing(cloud, body, None, **{**located, "Schema": f"s3://{bucket}/missing"})
    assert f"no object at s3://{bucket}/missing" in reasons["ApiSchema"]


def test_updates_reach_the_next_request(cloud: Cloud) -> None:
    with deployed(cloud, f"shop-{uuid.uuid4().hex[:8]}", TEMPLATE, Schema=SCHEMA, Code=CODE) as stack:
        shop = Shop(cloud, stack)
        whole = '{ open { name } __type(name: "Thing") { name } }'
        assert "errors" not in shop.ask(whole, key=shop.key).json
        closed = SCHEMA.replace("open: Thing @aws_api_key", "open: Thing")
        limits = {"Introspection": "DISABLED", "DepthLimit": "2", "ResolverLimit": "1"}
        assert stack.deploy(TEMPLATE, Schema=closed, Code=CODE, **limits) == "UPDATE_COMPLETE"
        denied = shop.ask("{ open { name } }", key=shop.key).json
        assert denied["errors"][0]["errorType"] == "Unauthorized"
        assert "FieldUndefined" in shop.ask(whole, key=shop.key).json["errors"][0]["message"]
        token = shop.user().id
        deep = shop.ask("{ open { parts { label } } }", token=token).json
        assert deep["errors"][0]["errorType"] == "QueryDepthLimitReached"
        many = shop.ask("{ a: mine { name } b: mine { name } }", token=token).json
        assert [error["errorType"] for error in many["errors"]] == ["ResolverExecutionLimitReached"]


@pytest.fixture
def without_grant(shop: Shop) -> Any:
    """The service role without its policy for the duration of the block."""
    iam, role = shop.cloud.client("iam"), shop.out["ServiceRole"]
    policy = iam.get_role_policy(RoleName=role, PolicyName="invoke")["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName="invoke")
    yield
    iam.put_role_policy(RoleName=role, PolicyName="invoke", PolicyDocument=json.dumps(policy))


def test_a_role_without_the_grant_cannot_invoke(shop: Shop, without_grant: None) -> None:
    body = shop.ask("{ open { name } }", key=shop.key).json
    assert body["data"] == {"open": None}
    assert body["errors"][0]["errorType"] == "Lambda:AccessDeniedException"


def test_a_permission_of_the_function_is_not_valid_for_its_alias(shop: Shop, without_grant: None) -> None:
    iam, role = shop.cloud.client("iam"), shop.out["ServiceRole"]
    bare = shop.out["Live"].removesuffix(":live")
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": bare}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="bare", PolicyDocument=document)
    try:
        body = shop.ask("{ open { name } }", key=shop.key).json
        assert body["errors"][0]["errorType"] == "Lambda:AccessDeniedException"
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="bare")


def test_the_control_plane_refuses_the_same(shop: Shop) -> None:
    appsync, api_id = shop.cloud.client("appsync"), shop.out["ApiId"]
    wanted = {"apiId": api_id, "typeName": "Query", "dataSourceName": "shop"}
    runtime = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
    with pytest.raises(ClientError, match="no JavaScript engine"):
        appsync.create_resolver(**wanted, fieldName="unresolved", runtime=runtime, code=UNKNOWN)
    with pytest.raises(ClientError, match="No field named nope"):
        appsync.create_resolver(**wanted, fieldName="nope", runtime=runtime, code=CODE)
    appsync.start_schema_creation(apiId=api_id, definition=b"type Query { a: Nope }")
    status = appsync.get_schema_creation_status(apiId=api_id)
    assert status["status"] == "FAILED"
    assert "Unknown type 'Nope'" in status["details"]
    # The API answers as before.
    assert shop.ask("{ unresolved }", key=shop.key).json == {"data": {"unresolved": None}}
