"""A small shop that is deployed gradually: its versions, its stack, and shoppers who keep ordering."""

import contextlib
import http.client
import json
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tools.local.client import Cloud
from tools.tests.local.stacks import CAPABILITIES, Stack, put_code, template

SHOP = """
import boto3, json, os, time
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    order = json.loads(event["body"])["id"]
    failed = fails(int(order, 16))
    if failed:
        dimensions = {"FunctionName": context.function_name, "ExecutedVersion": context.function_version}
        metric = {"Namespace": "Ecommerce", "Dimensions": [list(dimensions)], "Metrics": [{"Name": "FailedAnswers"}]}
        about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
        print(json.dumps({"_aws": about, "FailedAnswers": 1, **dimensions}))
    else:
        table.put_item(Item={"id": order})
    answer = {"version": context.function_version}
    return {"statusCode": 503 if failed else 200, "body": json.dumps(answer)}
"""
VERSIONS = {
    "good": "def fails(order):\n    return False\n",
    "better": "def fails(order):\n    return False  # and quicker\n",
    "bad": "def fails(order):\n    return order % 5 == 0\n",
    "raising": "def fails(order):\n    return 1 / (order % 5) < 0\n",
}


def put_versions(cloud: Cloud) -> None:
    for name, fails in VERSIONS.items():
        put_code(cloud, name, fails + SHOP)


class Shop:
    """The stack, and what its alias points to."""

    def __init__(self, cloud: Cloud, stack: Stack) -> None:
        self.cloud, self.stack = cloud, stack
        self.function = f"{stack.name}-order"
        self.table = stack.outputs()["Table"]
        self.path = f"/_aws/execute-api/{stack.outputs()['ApiId']}/prod/orders"

    def alias(self) -> dict[str, Any]:
        return dict(self.cloud.client("lambda").get_alias(FunctionName=self.function, Name="live"))

    def version(self) -> str:
        """The one version behind the alias."""
        alias = self.alias()
        assert "RoutingConfig" not in alias
        return str(alias["FunctionVersion"])

    def update(self, code: str, **parameters: str) -> str:
        return self.stack.deploy(template("gradual"), Code=code, **parameters)

    def begin_update(self, code: str, **parameters: str) -> None:
        """Update the stack, and do not wait."""
        given = {"Code": code, **parameters}
        self.cloud.client("cloudformation").update_stack(
            StackName=self.stack.name,
            TemplateBody=template("gradual"),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=CAPABILITIES,
        )

    def deployment(self) -> dict[str, Any]:
        """The last deployment that no rollback made; empty without one."""
        codedeploy = self.cloud.client("codedeploy")
        application = self.stack.physical_id("ServerlessDeploymentApplication")
        group = self.stack.physical_id("OrderDeploymentGroup")
        listed = codedeploy.list_deployments(applicationName=application, deploymentGroupName=group)["deployments"]
        found = [codedeploy.get_deployment(deploymentId=one)["deploymentInfo"] for one in listed]
        return dict(next((one for one in found if one["creator"] == "user"), {}))

    def accepted(self) -> set[str]:
        """The orders in the table."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=self.table)
        return {item["id"]["S"] for page in pages for item in page["Items"]}


@dataclass
class Shoppers:
    """They order until the end of the block, and note every answer."""

    shop: Shop
    at_once: int = 3
    answers: list[tuple[str, int, str]] = field(default_factory=list)
    """Order, status, version (empty for an error that API Gateway answered)."""
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._order) for _ in range(self.at_once)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _order(self) -> None:
        endpoint = self.shop.cloud.endpoint.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(endpoint, timeout=30)) as connection:
            self._order_over(connection)

    def _order_over(self, connection: http.client.HTTPConnection) -> None:
        while not self._end.is_set():
            name = uuid.uuid4().hex
            connection.request("POST", self.shop.path, json.dumps({"id": name}))
            answer = connection.getresponse()
            body = json.loads(answer.read())
            self.answers.append((name, answer.status, str(body.get("version", ""))))

    def by_version(self, status: int) -> Counter[str]:
        return Counter(version for _, seen, version in self.answers if seen == status)

    def seen(self) -> Counter[tuple[int, str]]:
        return Counter((status, version) for _, status, version in self.answers)

    def accepted(self) -> set[str]:
        return {name for name, status, _ in self.answers if status == 200}
