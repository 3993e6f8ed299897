"""The API that `tools.bench.graphql` measures, created through AWS's APIs."""

import io
import json
import zipfile
from dataclasses import dataclass

from tools.local.client import Cloud
from tools.local.home import ROOT

SCHEMA = """
type Query { ping: String }
type Mutation { rename(name: String!): Shelf }
type Subscription { onRenamed: Shelf @aws_subscribe(mutations: ["rename"]) }
type Shelf { name: String! }
"""
QUERY = "{ ping }"
RENAME = "mutation N($name: String!) { rename(name: $name) { name } }"
RENAMED = "subscription { onRenamed { name } }"
CODE = """
def handler(event, context):
    return "pong" if event["info"]["fieldName"] == "ping" else event["arguments"]
"""


@dataclass(frozen=True)
class Made:
    url: str
    key: str
    function: str


def make(cloud: Cloud) -> Made:
    function = _function(cloud)
    appsync = cloud.client("appsync")
    api = appsync.create_graphql_api(name="bench", authenticationType="API_KEY")["graphqlApi"]["apiId"]
    key = appsync.create_api_key(apiId=api)["apiKey"]["id"]
    appsync.start_schema_creation(apiId=api, definition=SCHEMA.encode())
    role = _role(cloud, "appsync", {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function})
    appsync.create_data_source(
        apiId=api, name="f", type="AWS_LAMBDA", serviceRoleArn=role, lambdaConfig={"lambdaFunctionArn": function}
    )
    code = (ROOT / "frontend-api" / "resolvers" / "invoke.js").read_text()
    for type_name, field in (("Query", "ping"), ("Mutation", "rename")):
        appsync.create_resolver(
            apiId=api,
            typeName=type_name,
            fieldName=field,
            dataSourceName="f",
            runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            code=code,
        )
    return Made(f"{cloud.endpoint}/v1/apis/{api}/graphql", key, function)


def _function(cloud: Cloud) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", CODE)
    made = cloud.client("lambda").create_function(
        FunctionName="bench",
        Runtime="python3.13",
        Role=_role(cloud, "lambda"),
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return str(made["FunctionArn"])


def _role(cloud: Cloud, service: str, *statements: dict[str, str]) -> str:
    iam, name = cloud.client("iam"), f"bench-{service}"
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn
