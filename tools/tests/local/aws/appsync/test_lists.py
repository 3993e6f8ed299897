"""Batches and direct functions on a running cloud: their events, and the use of their answers."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.tests.local.aws.appsync import orders as orders_api
from tools.tests.local.aws.appsync.orders import Orders
from tools.tests.local.aws.appsync.test_stacks import failing


def labels(orders: Orders, count: int, fields: str) -> Any:
    return orders.ask(f"query L($n: Int!) {{ labels(count: $n) {{ {fields} }} }}", {"n": count}, key=orders.key).json


def test_fields_of_a_list_are_sent_to_the_function_together(orders: Orders) -> None:
    answer = labels(orders, 6, "number text")
    # MaxBatchSize is 4.
    assert [label["text"] for label in answer["data"]["labels"]] == [
        "0 of 4",
        "1 of 4",
        "2 of 4",
        "3 of 4",
        "4 of 2",
        "5 of 2",
    ]


def test_a_direct_function_gets_a_list_and_may_refuse_one_item(orders: Orders) -> None:
    answer = labels(orders, 3, "direct")
    assert [label["direct"] for label in answer["data"]["labels"]] == ["0", None, "2"]
    (error,) = answer["errors"]
    assert (error["errorType"], error["message"]) == ("ODD", "One is refused.")
    assert error["path"] == ["labels", 1, "direct"]


def test_the_whole_context_of_a_direct_function(orders: Orders) -> None:
    answer = orders.ask("query W($w: String) { whole(word: $w) }", {"w": "x"}, key=orders.key).json
    event = json.loads(answer["data"]["whole"])
    headers = event["request"].pop("headers")
    assert headers["host"] == orders.host
    assert event == {
        "arguments": {"word": "x"},
        "identity": None,
        "source": None,
        "request": {"domainName": None},
        "prev": None,
        "info": {
            "fieldName": "whole",
            "parentTypeName": "Query",
            "selectionSetList": [],
            "selectionSetGraphQL": "",
            "variables": {"w": "x"},
        },
        "stash": {},
    }


TABLE = "Type: AMAZON_DYNAMODB, ServiceRoleArn: !GetAtt ServiceRole.Arn, DynamoDBConfig: {TableName: t, AwsRegion: e}"
PIPELINE = """
  Step:
    Type: AWS::AppSync::FunctionConfiguration
    Properties: { ApiId: !GetAtt Api.ApiId, Name: step, DataSourceName: !GetAtt Nothing.Name }
Outputs:
"""


@pytest.mark.parametrize(
    ("old", "new", "resource", "text"),
    [
        ("Type: NONE }", f"{TABLE} }}", "Nothing", "not AMAZON_DYNAMODB"),
        ("Type: NONE }", "Type: HTTP, HttpConfig: { Endpoint: https://example.com } }", "Nothing", "not HTTP"),
        ("AuthenticationType: AWS_IAM", "AuthenticationType: OPENID_CONNECT", "Api", "no OpenID Connect providers"),
        ("AuthenticationType: AWS_IAM", "AuthenticationType: AWS_LAMBDA", "Api", "no Lambda authorizers"),
        ("\nOutputs:\n", PIPELINE, "Step", "no pipeline functions"),
        ("MaxBatchSize: 4", "MaxBatchSize: 2001", "LabelText", "from 0 to 2000"),
        ("      MaxBatchSize: 4\n", "", "LabelText", "BatchInvoke"),
    ],
)
def test_unsupported_configurations_fail(orders: Orders, old: str, new: str, resource: str, text: str) -> None:
    assert old in orders_api.TEMPLATE
    reasons = failing(orders.cloud, orders_api.TEMPLATE.replace(old, new, 1), orders_api.PARAMETERS)
    assert text in reasons[resource]
    assert "\n" not in reasons[resource]


def test_the_control_plane_refuses_the_same(orders: Orders) -> None:
    appsync, api_id = orders.cloud.client("appsync"), orders.out["ApiId"]
    with pytest.raises(ClientError, match="not HTTP"):
        appsync.create_data_source(apiId=api_id, name="web", type="HTTP")
    with pytest.raises(ClientError, match="no OpenID Connect providers"):
        appsync.create_graphql_api(name="oidc", authenticationType="OPENID_CONNECT")
    with pytest.raises(ClientError, match="no Lambda authorizers"):
        appsync.update_graphql_api(apiId=api_id, name="x", authenticationType="AWS_LAMBDA")
    pool = {"userPoolId": "us-east-1_x", "awsRegion": "us-east-1", "defaultAction": "ALLOW", "appIdClientRegex": "(a"}
    with pytest.raises(ClientError, match="is not a regular expression"):
        appsync.create_graphql_api(name="x", authenticationType="AMAZON_COGNITO_USER_POOLS", userPoolConfig=pool)
    with pytest.raises(ClientError, match="no pipeline functions"):
        appsync.create_function(apiId=api_id, name="step", dataSourceName="nothing")


HOUR, DAY = 3_600, 86_400


def test_a_key_expires_at_a_full_hour_after_a_day_to_a_year(orders: Orders) -> None:
    appsync, api_id, now = orders.cloud.client("appsync"), orders.out["ApiId"], int(time.time())
    made = appsync.create_api_key(apiId=api_id, expires=now + 100 * DAY + 7)["apiKey"]
    assert made["expires"] == (now + 100 * DAY + 7) // HOUR * HOUR
    assert appsync.create_api_key(apiId=api_id)["apiKey"]["expires"] % HOUR == 0
    for wrong in (1_600_000_000, now + DAY - 60, now + 365 * DAY + 60):
        with pytest.raises(ClientError, match="ApiKeyValidityOutOfBoundsException"):
            appsync.create_api_key(apiId=api_id, expires=wrong)
        with pytest.raises(ClientError, match="ApiKeyValidityOutOfBoundsException"):
            appsync.update_api_key(apiId=api_id, id=made["id"], expires=wrong)
    kept = {key["id"]: key["expires"] for key in appsync.list_api_keys(apiId=api_id)["apiKeys"]}
    assert kept[made["id"]] == made["expires"]


KEY = """
Resources:
  Api:
    Type: AWS::AppSync::GraphQLApi
    Properties: { Name: keyed, AuthenticationType: API_KEY }
  Key:
    Type: AWS::AppSync::ApiKey
    Properties: { ApiId: !GetAtt Api.ApiId, Expires: 1600000000 }
"""


def test_a_stack_with_a_key_that_has_expired_fails(orders: Orders) -> None:
    assert "minimum of 1 day, and a maximum of 365 days" in failing(orders.cloud, KEY, {})["Key"]
