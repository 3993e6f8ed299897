"""Helpers for tests that deploy a template of `templates/` to a temporary cloud."""

import io
import json
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from tools.local.client import Cloud

TEMPLATES = Path(__file__).parent / "templates"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
LIMIT = 60.0
CODE_BUCKET = "code"

ROLE = """
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: %s}, Action: "sts:AssumeRole"}]"""
"""A resource of templates in tests: a role that a service can assume."""

_NEVER = threading.Event()  # waited for between two polls

T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, limit: float = 20.0) -> T:
    """Poll until the result is neither None nor False."""
    end = time.monotonic() + limit
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        assert time.monotonic() < end, f"not within {limit:g} s: {what}"
        _NEVER.wait(0.05)


def template(name: str) -> str:
    return (TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8")


def put_code(cloud: Cloud, key: str, source: str) -> None:
    """A function's code, `index.py` in a zip, at the place that the templates name."""
    s3 = cloud.client("s3")
    try:
        s3.create_bucket(Bucket=CODE_BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", textwrap.dedent(source))
    s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=packed.getvalue())


class Stack:
    """One stack on one cloud."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self._client = cloud.client("cloudformation")

    def deploy(self, body: str, **parameters: str) -> str:
        """Create or update the stack. Returns its final status."""
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        return self._deploy(TemplateBody=body, Parameters=given)

    def deploy_as(self, role: str, body: str) -> str:
        """Create or update the stack with the rights of a role. Returns its final status."""
        return self._deploy(TemplateBody=body, RoleARN=role)

    def _deploy(self, **request: Any) -> str:
        verb = self._client.update_stack if self.status() else self._client.create_stack
        verb(StackName=self.name, Capabilities=CAPABILITIES, **request)
        return self.wait()

    def status(self) -> str:
        try:
            return str(self._client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return ""
            raise

    def wait(self) -> str:
        def settled() -> str | None:
            status = self.status()
            return None if status.endswith("IN_PROGRESS") else status or "DELETED"

        return eventually(settled, f"{self.name} settles", LIMIT)

    def outputs(self) -> dict[str, str]:
        described = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def physical_id(self, logical_id: str) -> str:
        found = self._client.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def reasons(self) -> list[tuple[str, str, str]]:
        """Logical id, status and reason of each event, oldest first."""
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            (one["LogicalResourceId"], one["ResourceStatus"], one.get("ResourceStatusReason", ""))
            for one in reversed(events)
        ]

    def delete(self) -> str:
        self._client.delete_stack(StackName=self.name)
        return self.wait()


@contextmanager
def deployed(cloud: Cloud, name: str, body: str, **parameters: str) -> Iterator[Stack]:
    """A stack that exists for the duration of the block."""
    stack = Stack(cloud, name)
    status = stack.deploy(body, **parameters)
    try:
        assert status.endswith("_COMPLETE"), (status, stack.reasons())
        assert "ROLLBACK" not in status, stack.reasons()
        yield stack
    finally:
        assert stack.delete() in ("DELETED", "DELETE_COMPLETE"), stack.reasons()


def invoke(cloud: Cloud, function: str, payload: Mapping[str, Any]) -> Any:
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read())
