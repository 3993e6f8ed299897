"""The shop API of `shop.yaml` on a temporary cloud, and its callers."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials

from tools.local.aws.appsync import handlers
from tools.local.client import Cloud
from tools.local.home import ROOT
from tools.local_platform.resolver_twins import TWINS
from tools.tests.local.http import Answer, call
from tools.tests.local.stacks import Stack

HERE = Path(__file__).parent
TEMPLATE = (HERE / "shop.yaml").read_text()
SCHEMA = (HERE / "shop.graphql").read_text()
CODE = (ROOT / "frontend-api" / "resolvers" / "invoke.js").read_text()
LOCAL = (ROOT / "frontend-api" / "resolvers" / "local.js").read_text()
BATCH = (ROOT / "tools" / "local_platform" / "resolvers" / "batch.js").read_text()
handlers.register(TWINS)  # for tests without a server
PASSWORD = "Correct-Horse-9"


@dataclass(frozen=True)
class Tokens:
    id: str
    access: str


class Shop:
    """One deployed shop API, called as its clients call it."""

    def __init__(self, cloud: Cloud, stack: Stack) -> None:
        self.cloud, self.stack = cloud, stack

    @cached_property
    def out(self) -> Mapping[str, str]:
        return self.stack.outputs()

    @property
    def url(self) -> str:
        return f"{self.cloud.endpoint}/v1/apis/{self.out['ApiId']}/graphql"

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        return call(self.url, "POST", body, headers)

    def ask(
        self,
        query: str,
        variables: Any = None,
        *,
        key: str | None = None,
        token: str | None = None,
        signed: Credentials | None = None,
        operation: str | None = None,
    ) -> Answer:
        """A GraphQL request; without credentials it is anonymous."""
        request = {"query": query, "variables": variables, "operationName": operation}
        body = json.dumps({name: value for name, value in request.items() if value is not None}).encode()
        headers = {"x-api-key": key, "authorization": token}
        given = {name: value for name, value in headers.items() if value is not None}
        return call(self.url, "POST", body, given, credentials=signed, service="appsync")

    @property
    def key(self) -> str:
        return self.out["Key"]

    def user(self, *groups: str, pool: str = "", client: str = "") -> Tokens:
        """The tokens of a new user in these groups, of the shop's pool unless another is given."""
        cognito, pool = self.cloud.client("cognito-idp"), pool or self.out["PoolId"]
        name = f"user-{uuid.uuid4().hex[:8]}"
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        result = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client or self.out["ClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return Tokens(result["IdToken"], result["AccessToken"])

    def principal(self, *fields: str) -> Credentials:
        """An IAM user who may use exactly these fields, `Query/fields/open`."""
        iam, name = self.cloud.client("iam"), f"machine-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        if fields:
            resources = [f"{self.out['ApiArn']}/types/{field}" for field in fields]
            statement = {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": resources}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName=name, PolicyName="graphql", PolicyDocument=policy)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(made["AccessKeyId"], made["SecretAccessKey"])
