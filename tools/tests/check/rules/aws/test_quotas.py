"""A template over a quota of AWS is found, with the page that documents it."""

import json
from typing import Any

import pytest

from tools.check.rules.aws.quotas import over, quotas, rules_by_bus, uses
from tools.check.rules.aws.transformed import Template

ALIAS = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}}}


def findings(resources: dict[str, Any], environment: str = "prod", **sections: Any) -> list[str]:
    body = {"Resources": resources, **sections}
    template = Template("shop", "shop/template.yaml", json.dumps(body), body)
    return [str(finding) for finding in over(template.file, uses(template, environment))]


def function(**properties: Any) -> dict[str, Any]:
    return {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}, "Live": ALIAS}


def one(kind: str, **properties: Any) -> dict[str, Any]:
    return {"It": {"Type": kind, "Properties": properties}}


def permission(principal: str, source: Any = "arn") -> dict[str, Any]:
    given = {"Principal": principal, "FunctionName": {"Ref": "Live"}, "SourceArn": source}
    return {"Allowed": {"Type": "AWS::Lambda::Permission", "Properties": given}}


def queue(visibility: int) -> dict[str, Any]:
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Live"}}
    return {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": visibility}},
        "Source": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }


RESOLVER = one("AWS::SSM::Parameter", Name="/shop/resolvers/a/arn", Value={"Ref": "Live"})
NAME = {"Fn::Sub": "shop-${Environment}-" + "x" * 55}
STATEMENT = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:" + "x" * 10_240}
INTEGRATION = {"x-amazon-apigateway-integration": {"timeoutInMillis": 30_000}}
SOCKET = {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {}}}

TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "resources": ({f"R{n}": {"Type": "AWS::SNS::Topic"} for n in range(501)}, "the number of resources is 501"),
    "function_name": (function(FunctionName=NAME), "the length of FunctionName is 65"),
    "function_seconds": (function(Timeout=901), "Timeout is 901"),
    "environment_bytes": (
        function(Environment={"Variables": {"A": "x" * 4_096}}),
        "the size of its environment variables is 4097",
    ),
    "role_name": (one("AWS::IAM::Role", RoleName="r" * 65), "the length of RoleName is 65"),
    "role_policies_chars": (
        one("AWS::IAM::Role", Policies=[{"PolicyDocument": {"Statement": [STATEMENT]}}]),
        "the size of its inline policies is",
    ),
    "managed_policies": (one("AWS::IAM::Role", ManagedPolicyArns=["a"] * 11), "the number of managed policies is 11"),
    "log_group_name": (one("AWS::Logs::LogGroup", LogGroupName="g" * 513), "the length of LogGroupName is 513"),
    "parameter_value": (one("AWS::SSM::Parameter", Value="é" * 2_049), "the size of Value is 4098"),
    "rest_resources": (
        one("AWS::ApiGateway::RestApi", Body={"paths": {f"/a/b{n}/c": {} for n in range(150)}}),
        "the number of resources of its paths is 301",
    ),
    "rest_seconds": (
        one("AWS::ApiGateway::RestApi", Body={"paths": {"/a": {"get": INTEGRATION}}}),
        "the time-out of GET /a in seconds is 30",
    ),
    "rest function": (
        function(Timeout=30) | permission("apigateway.amazonaws.com"),
        "Function: Timeout, called by a REST API, is 30, over AWS's limit of 29",
    ),
    "websocket function": (
        function(Timeout=30) | SOCKET | permission("apigateway.amazonaws.com", {"Fn::Sub": "arn:${Api}/*"}),
        "Function: Timeout, called by a WebSocket API, is 30",
    ),
    "cognito function": (
        function(Timeout=6) | permission("cognito-idp.amazonaws.com"),
        "Function: Timeout, called by Cognito, is 6, over AWS's limit of 5",
    ),
    "graphql function": (function(Timeout=31) | RESOLVER, "Function: Timeout, called by AppSync, is 31"),
    "queue": (
        function(Timeout=60) | queue(359),
        "VisibilityTimeout of its queue must be at least 6 times the function's Timeout (360)",
    ),
    "targets": (one("AWS::Events::Rule", Targets=[{}] * 6), "the number of targets is 6"),
    "attempts": (
        one("AWS::Events::Rule", Targets=[{"RetryPolicy": {"MaximumRetryAttempts": 186}}]),
        "MaximumRetryAttempts is 186",
    ),
    "pattern": (one("AWS::Events::Rule", EventPattern={"source": ["x" * 2_048]}), "the size of EventPattern is"),
    "resolver": (one("AWS::AppSync::Resolver", Code="x" * 32_001), "the size of Code is 32001"),
    "schema": (one("AWS::EventSchemas::Schema", Content="x" * 100_001), "the size of Content is 100001"),
    "GraphQL schema": (
        one("AWS::AppSync::GraphQLSchema", Definition="x" * 1_000_001),
        "the size of Definition is 1000001",
    ),
    "permissions": (
        function() | {f"P{n}": permission("s3.amazonaws.com", "x" * 300)["Allowed"] for n in range(40)},
        "the estimated size of its permissions is",
    ),
    "batch": (one("AWS::Lambda::EventSourceMapping", BatchSize=10_001), "BatchSize is 10001"),
    "asynchronous": (one("AWS::Lambda::EventInvokeConfig", MaximumRetryAttempts=3), "MaximumRetryAttempts is 3"),
    "indexes": (one("AWS::DynamoDB::Table", GlobalSecondaryIndexes=[{}] * 21), "global secondary indexes is 21"),
    "machine": (
        one("AWS::StepFunctions::StateMachine", StateMachineName="m" * 81, DefinitionString="{}"),
        "the length of StateMachineName is 81",
    ),
    "definition": (
        one("AWS::StepFunctions::StateMachine", DefinitionString={"Fn::Join": ["\n", ["x" * 1_000_000, "y"]]}),
        "the size of its definition is 1000002",
    ),
    "rate limit": (
        one("AWS::WAFv2::WebACL", Rules=[{"Fn::If": ["Is", {"Statement": {"RateBasedStatement": {"Limit": 9}}}, 0]}]),
        "the limit of a rate-based rule must be 10 at least and may be 9",
    ),
    "conditional": (function(Timeout={"Fn::If": ["IsProd", 901, 10]}), "Timeout is 901"),
}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_too_much_is_found(case: str) -> None:
    resources, what = TOO_MUCH[case]
    (found,) = [each for each in findings(resources) if "its size in bytes" not in each]
    assert what in found
    assert " - see " in found


def test_the_limit_itself_is_allowed() -> None:
    exact = function(Timeout=29, FunctionName="n" * 64) | permission("apigateway.amazonaws.com")
    assert findings(exact) == []
    assert findings(function(Timeout=60) | queue(360)) == []
    assert findings(one("AWS::SSM::Parameter", Value="x" * 5_000, Tier="Advanced")) == []


@pytest.mark.parametrize(
    ("parameter", "found"),
    [
        ({"Type": "Number", "MinValue": 0}, ["may be 1;"]),
        ({"Type": "Number", "MinValue": 5}, ["may be 5;"]),
        ({"Type": "Number", "MinValue": 10}, []),
        ({"Type": "String", "AllowedPattern": "0|[1-9][0-9]+"}, []),
    ],
)
def test_a_rate_limit_that_a_parameter_may_make_too_small_is_found(parameter: dict[str, Any], found: list[str]) -> None:
    firewall = one("AWS::WAFv2::WebACL", Rules=[{"Statement": {"RateBasedStatement": {"Limit": {"Ref": "Limit"}}}}])
    messages = findings(firewall, Parameters={"Limit": parameter})
    assert len(messages) == len(found)
    assert all(text in message for text, message in zip(found, messages, strict=True))


def test_names_are_measured_with_the_longest_environment() -> None:
    named = function(FunctionName={"Fn::Sub": "shop-${Environment}-" + "x" * 50})
    assert findings(named) == []
    assert "the length of FunctionName is 69" in findings(named, "integration-2")[0]


def test_sections_and_size_are_counted() -> None:
    names = {f"P{n}": {"Type": "String"} for n in range(201)}
    assert "the number of parameters is 201" in findings({}, Parameters=names)[0]
    assert "the number of outputs is 201" in findings({}, Outputs=names)[0]
    assert "its size in bytes" in findings({}, Metadata={"A": "x" * 1_000_000})[0]


def test_the_rules_of_a_bus_are_counted_over_all_templates() -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": {"Ref": "EventBusName"}}}
    body = {"Resources": {f"R{n}": rule for n in range(151)}}
    rules = rules_by_bus(Template("shop", "shop/template.yaml", "", body))
    assert list(rules.values()) == [151]
    count = (rules + rules).popitem()[1]
    assert list(over("environments.yaml", [("rules of a bus", "rules_per_bus", count, "their number")]))


def test_each_quota_has_a_source_and_is_measured() -> None:
    assert all(quota.source.count(": ") == 1 for quota in quotas().values())
    templates = [Template("shop", "t.yaml", "{}", {"Resources": resources}) for resources, _ in TOO_MUCH.values()]
    measured = {name for template in templates for _, name, _, _ in uses(template, "prod")}
    assert set(quotas()) - measured == {"rules_per_bus"}, "which has a test of its own"
