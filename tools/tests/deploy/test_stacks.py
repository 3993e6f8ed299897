"""The event with the reason of a failure: on AWS the parent stack reports only that a nested stack failed."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tools.deploy.stacks import Stacks
from tools.project.environments import Environment

STACK = "AWS::CloudFormation::Stack"


def event(number: int, name: str, kind: str, status: str, reason: str = "", physical: str = "") -> dict[str, Any]:
    return {
        "EventId": str(number),
        "LogicalResourceId": name,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "PhysicalResourceId": physical,
    }


PARENT = [
    event(1, "parent", STACK, "CREATE_IN_PROGRESS", physical="arn:parent"),
    event(2, "Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "Resource creation cancelled"),
    event(3, "Nested", STACK, "CREATE_FAILED", "Embedded stack arn:child was not successfully created", "arn:child"),
    event(4, "Queue", "AWS::SQS::Queue", "CREATE_FAILED", "Resource creation cancelled"),
    event(5, "parent", STACK, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed: [Nested]", "arn:parent"),
]
CHILD = [
    event(1, "child", STACK, "CREATE_IN_PROGRESS", physical="arn:child"),
    event(2, "Role", "AWS::IAM::Role", "CREATE_FAILED", "not   authorized\nto CreateRole"),
    event(3, "child", STACK, "CREATE_FAILED", "The following resource(s) failed: [Role]", "arn:child"),
]


class Pages:
    """CloudFormation's events: newest first, two to a page."""

    def paginate(self, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's name
        events = {"arn:parent": PARENT, "arn:child": CHILD}[StackName][::-1]
        for start in range(0, len(events), 2):
            yield {"StackEvents": events[start : start + 2]}


@pytest.fixture
def stacks() -> Stacks:
    cloudformation = SimpleNamespace(get_paginator=lambda _name: Pages())
    place = SimpleNamespace(environment=Environment("local", "local", "us-east-1"), cloudformation=cloudformation)
    return Stacks(place)  # type: ignore[arg-type]  # a fake with what Stacks uses


def test_the_reason_is_looked_up_through_nested_stacks(stacks: Stacks) -> None:
    events = stacks.new_events("arn:parent", set())
    assert events == PARENT
    message = stacks.first_failure({"StackId": "arn:parent"}, events)
    assert message == "Nested > Role (AWS::IAM::Role) CREATE_FAILED: not authorized to CreateRole"


def test_events_are_seen_once(stacks: Stacks) -> None:
    seen = {"1", "2", "3"}
    assert [found["EventId"] for found in stacks.new_events("arn:parent", seen)] == ["4", "5"]
    assert stacks.new_events("arn:parent", seen) == []


def test_without_a_failed_resource_the_reason_is_that_of_the_stack(stacks: Stacks) -> None:
    assert stacks.first_failure({"StackId": "s", "StackStatusReason": "a limit"}, []) == "a limit"
