"""A permission that the code needs and the policy lacks is found, and one that it never uses."""

import textwrap
from pathlib import Path

import pytest

from tools import ROOT
from tools.check.rules.aws.permissions import check_permissions, of_service
from tools.check.rules.aws.used_actions import action_of
from tools.check.rules.findings import Repository
from tools.project.services import Service, discover

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: shop_service.handlers.hello.handler
      Policies:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: [ACTIONS], Resource: "arn:aws:sqs:::a" }]
"""
SOURCES = {
    "bootstrap": """
        from functools import cache
        from ecom.aws import client
        from shop_service.repository import Things, ThingsTable

        @cache
        def things() -> Things:
            return ThingsTable(client("dynamodb"), "things")
        """,
    "repository": """
        from typing import TYPE_CHECKING, Protocol
        from ecom.dynamo import Table, transact
        from ecom.pages import query_page

        if TYPE_CHECKING:
            from mypy_boto3_dynamodb import DynamoDBClient

        class Things(Protocol):
            def one(self, name): ...
            def rename(self, name): ...
            def page(self): ...
            def all(self): ...
            def swap(self): ...

        class ThingsTable:
            def __init__(self, client: "DynamoDBClient", name: str) -> None:
                self._table, self._client = Table(client, name), client

            def one(self, name):
                return self._table.get({"name": name})

            def rename(self, name):
                return self._table.update({"name": name}, "SET a = :a")

            def page(self):
                return query_page(self._table, "s", None, {}, 20, IndexName="i", KeyConditionExpression="a = :a")

            def all(self):
                return [item for page in self._table.pages() for item in page]

            def swap(self):
                transact(self._client, [self._table.put_entry({}), self._table.delete_entry({})])
        """,
}
HANDLER = "from shop_service import bootstrap\n\ndef handler(event, _context):\n    {}\n"


def service(folder: Path, body: str, actions: str, **sources: str) -> Service:
    root = folder / "shop"
    package = root / "src" / "shop_service"
    (package / "handlers").mkdir(parents=True)
    for place in (package, package / "handlers"):
        (place / "__init__.py").touch()
    for name, text in {**SOURCES, **sources}.items():
        (package / f"{name}.py").write_text(textwrap.dedent(text))
    (package / "handlers" / "hello.py").write_text(HANDLER.format(textwrap.dedent(body).replace("\n", "\n    ")))
    (root / "metadata.yaml").write_text("name: shop\ndescription: A shop\n")
    (root / "template.yaml").write_text(TEMPLATE.replace("ACTIONS", actions))
    if not (folder / "shared").exists():
        (folder / "shared").symlink_to(ROOT / "shared")
    return discover(folder)["shop"]


def said(folder: Path, body: str, actions: str, **sources: str) -> list[str]:
    made = service(folder, body, actions, **sources)
    return [finding.what for finding in of_service(made, folder, {})]


USES = {
    "return bootstrap.things().one('a')": "dynamodb:GetItem",
    "return bootstrap.things().rename('a')": "dynamodb:UpdateItem",
    "return bootstrap.things().page()": "dynamodb:Query",
    "return bootstrap.things().all()": "dynamodb:Scan",
    "return {'a': lambda: bootstrap.things().one('a')}": "dynamodb:GetItem",
    "things = bootstrap.things()\nfind = things.one\nreturn map(find, event)": "dynamodb:GetItem",
    "from ecom.aws import client\nclient('sqs').send_message(QueueUrl='u')": "sqs:SendMessage",
    "from ecom.aws import client\nreturn client('sesv2').send_email()": "ses:SendEmail",
    "from ecom.aws import client\nreturn client('lambda').invoke(FunctionName='f')": "lambda:InvokeFunction",
    "from ecom.aws import signed_client\nreturn signed_client()": "execute-api:Invoke",
    "from ecom.aws import signed_client\nreturn signed_client('appsync')": "appsync:GraphQL",
}


@pytest.mark.parametrize("body", USES)
def test_what_a_handler_reaches_is_used(tmp_path: Path, body: str) -> None:
    assert said(tmp_path, body, USES[body]) == []


@pytest.mark.parametrize("body", USES)
def test_a_missing_and_an_unused_permission_are_found(tmp_path: Path, body: str) -> None:
    assert said(tmp_path, body, "kms:Decrypt") == [
        f"Hello calls {USES[body]}, which its policy does not allow",
        "Hello may kms:Decrypt, which its code never calls",
    ]


def test_the_entries_of_a_transaction_count(tmp_path: Path) -> None:
    assert said(tmp_path, "bootstrap.things().swap()", "dynamodb:PutItem, dynamodb:DeleteItem") == []


def test_functions_in_a_table_of_a_module_count(tmp_path: Path) -> None:
    routes = """
        from shop_service import bootstrap

        def one(name):
            return bootstrap.things().one(name)

        ROUTES = {"one": one}
        """
    body = "from shop_service.routes import ROUTES\nreturn ROUTES[event]('a')"
    assert said(tmp_path, body, "dynamodb:GetItem", routes=routes) == []


SOURCE = """
  Table: { Type: AWS::DynamoDB::Table }
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Table.StreamArn
      FunctionName: !Ref Hello.Alias
      DestinationConfig: { OnFailure: { Destination: !GetAtt Queue.Arn } }
"""


def test_lambda_polls_and_sends_with_the_functions_role(tmp_path: Path) -> None:
    streams = "dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator"
    made = service(tmp_path, "return None", streams)
    made.template_path.write_text(made.template_path.read_text() + SOURCE)
    assert [finding.what for finding in of_service(made, tmp_path, {})] == [
        "Hello calls dynamodb:ListStreams, which its policy does not allow",
        "Hello calls sqs:SendMessage, which its policy does not allow",
    ]


def test_an_exemption_names_function_and_action(tmp_path: Path) -> None:
    made = service(tmp_path, "return None", "kms:Decrypt")
    assert list(of_service(made, tmp_path, {"unused": {"shop/Hello": {"kms:Decrypt": "a reason"}}})) == []
    assert list(of_service(made, tmp_path, {"unused": {"shop/Other": {"kms:Decrypt": "a reason"}}}))


def test_a_handler_that_does_not_exist_is_found(tmp_path: Path) -> None:
    made = service(tmp_path, "return None", "kms:Decrypt")
    made.template_path.write_text(made.template_path.read_text().replace("hello.handler", "hello.missing"))
    (found,) = of_service(made, tmp_path, {})
    assert "its Handler is no function of the service" in found.what


def test_actions_have_iams_names() -> None:
    assert action_of("cognito-idp", "admin_get_user") == "cognito-idp:AdminGetUser"
    assert action_of("apigatewaymanagementapi", "post_to_connection") == "execute-api:ManageConnections"
    assert action_of("sqs", "get_paginator") == ""


def test_our_functions_may_what_they_do() -> None:
    assert list(check_permissions(Repository.at(ROOT))) == []
