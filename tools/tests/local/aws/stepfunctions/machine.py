"""State machines and their executions on a temporary cloud."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from tools.local.client import Cloud
from tools.tests.local.aws.eventbridge.test_cloud_targets import make_role
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.functions import MAY_LOG, make_function
from tools.tests.local.stacks import eventually

INVOKE = "arn:aws:states:::lambda:invoke"
WAIT = f"{INVOKE}.waitForTaskToken"
STATES = "states.amazonaws.com"
MAY_INVOKE = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}

# Answers what it is asked to, or fails so.
ECHO = """
    import json, time
    def handler(event, context):
        if event.get("sleep"):
            time.sleep(event["sleep"])
        if event.get("fail"):
            raise ValueError(event["fail"])
        return event.get("answer", event)
"""
# Sends its event to a queue: so a test sees task tokens.
TELLER = """
    import boto3, json, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
        return {"told": True}
"""


def machine(start: str, **states: Mapping[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": start, "States": states}


def task(function: str, payload: object = None, **fields: Any) -> dict[str, Any]:
    """A Task state that calls a function; the last one if it has no `Next`."""
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}" if payload is None else payload}
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, **end, **fields}


def wait_for_token(function: str, **fields: Any) -> dict[str, Any]:
    payload = {"token": "{% $states.context.Task.Token %}", "input": "{% $states.input %}"}
    return {**task(function, payload, **fields), "Resource": WAIT}


class Machine:
    """One state machine."""

    def __init__(self, cloud: Cloud, definition: Mapping[str, Any], *rights: dict[str, Any], **options: Any) -> None:
        self.cloud, self.client = cloud, cloud.client("stepfunctions")
        self.role = make_role(cloud, STATES, *(rights or (MAY_INVOKE,)))
        name = f"machine-{uuid.uuid4().hex[:8]}"
        made = self.client.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.role, **options
        )
        self.arn: str = made["stateMachineArn"]

    def start(self, given: object = None, **options: Any) -> str:
        text = json.dumps({} if given is None else given)
        return str(self.client.start_execution(stateMachineArn=self.arn, input=text, **options)["executionArn"])

    def describe(self, execution: str) -> dict[str, Any]:
        return dict(self.client.describe_execution(executionArn=execution))

    def ended(self, execution: str, limit: float = 30) -> dict[str, Any]:
        """The execution, once it has ended."""

        def look() -> dict[str, Any] | None:
            described = self.describe(execution)
            return None if described["status"] == "RUNNING" else described

        return eventually(look, f"{execution} ends", limit)

    def run(self, given: object = None, limit: float = 30) -> dict[str, Any]:
        """Start an execution. Returns it when it has ended."""
        return self.ended(self.start(given), limit)

    def events(self, execution: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def kinds(self, execution: str) -> list[str]:
        return [event["type"] for event in self.events(execution)]


def output(execution: Mapping[str, Any]) -> Any:
    assert execution["status"] == "SUCCEEDED", execution
    return json.loads(execution["output"])


def echo(cloud: Cloud) -> str:
    return make_function(cloud, ECHO, MAY_LOG)


class Teller:
    """A function that passes its events on, task tokens with them."""

    def __init__(self, cloud: Cloud) -> None:
        url, arn = make_queue(cloud)
        may_send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
        self.name = make_function(cloud, TELLER, MAY_LOG, may_send, Environment={"Variables": {"QUEUE": url}})
        self._inbox = Inbox(cloud, url)

    def told(self, count: int = 1) -> list[dict[str, Any]]:
        return list(self._inbox.wait_json(count))

    def token(self) -> str:
        return str(self.told()[-1]["token"])
