"""CloudFormation stacks: find them, wait for them, explain failures, delete them."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from tools.project.aws import Target
from tools.project.problems import Problem

# Their creation failed: CloudFormation can only delete these.
NEVER_CREATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "DELETE_FAILED"}
WAIT_SECONDS = 3600
NESTED = "AWS::CloudFormation::Stack"
Show = Callable[[dict[str, Any]], None]


class Stacks:
    def __init__(self, target: Target) -> None:
        self._cloud = target.cloudformation
        # AWS limits the rate of requests; the local cloud does not.
        self._pause = 0.1 if target.environment.is_local else 2.0

    def find(self, name: str) -> dict[str, Any] | None:
        """The stack with that name or id, or None. A deleted stack is found by its id only."""
        try:
            found: list[dict[str, Any]] = self._cloud.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"].get("Message", ""):
                return None
            raise
        return next(
            (stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE" or name == stack["StackId"]), None
        )

    def is_deployed(self, name: str) -> bool:
        stack = self.find(name)
        return stack is not None and stack["StackStatus"] not in NEVER_CREATED

    def template(self, name: str) -> dict[str, Any]:
        """The template that the stack was deployed with."""
        body = self._cloud.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        document: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
        return document

    def settle(self, stack: dict[str, Any], show: Show | None = None, seen: set[str] | None = None) -> dict[str, Any]:
        """Wait until no operation is in progress and return the stack. `show` gets each event as it happens."""
        end = time.monotonic() + WAIT_SECONDS
        seen = set() if seen is None else seen
        while True:
            now = self.find(stack["StackId"])
            if show:
                for event in self.new_events(stack["StackId"], seen):
                    show(event)
            if now is None:
                return {**stack, "StackStatus": "DELETE_COMPLETE"}
            status = now["StackStatus"]
            if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                return now
            if time.monotonic() > end:
                raise Problem(
                    f"{now['StackName']} is still {status} after {WAIT_SECONDS / 60:.0f} min; check it and try again"
                )
            self.pause()

    def pause(self) -> None:
        time.sleep(self._pause)

    def new_events(self, stack: str, seen: set[str]) -> list[dict[str, Any]]:
        """Events that are not in `seen`, oldest first; adds them to `seen`."""
        fresh = []
        for event in self._events(stack):
            if event["EventId"] in seen:
                break
            fresh.append(event)
        seen.update(event["EventId"] for event in fresh)
        return fresh[::-1]

    def _events(self, stack: str) -> Iterator[dict[str, Any]]:
        """Newest event first."""
        for page in self._cloud.get_paginator("describe_stack_events").paginate(StackName=stack):
            yield from page["StackEvents"]

    def first_failure(self, stack: dict[str, Any], events: list[dict[str, Any]]) -> str:
        """Why the operation failed: the reason of the first failed resource, searched through nested stacks."""
        for event in events:
            reason = " ".join(event.get("ResourceStatusReason", "").split())
            if not event["ResourceStatus"].endswith("_FAILED") or "cancelled" in reason.lower():
                continue
            own = event.get("PhysicalResourceId") == stack["StackId"]
            if event["ResourceType"] == NESTED and not own and event.get("PhysicalResourceId"):
                child = event["PhysicalResourceId"]
                inner = self.new_events(child, set())
                return f"{event['LogicalResourceId']} > {self.first_failure({'StackId': child}, inner)}"
            resource = f"{event['LogicalResourceId']} ({event['ResourceType']})"
            return f"{resource} {event['ResourceStatus']}: {reason or 'no reason given'}"
        return str(stack.get("StackStatusReason") or f"the stack is {stack.get('StackStatus', 'deleted')}")

    def delete(self, stack: dict[str, Any], show: Show | None = None) -> list[dict[str, Any]]:
        """Delete the stack and wait. Returns the events of retained resources. Raises a Problem if it fails."""
        watched = [stack["StackId"], *self._nested(stack["StackId"])]
        seen: dict[str, set[str]] = {name: set() for name in watched}
        for name in watched:
            self.new_events(name, seen[name])
        before = set(seen[stack["StackId"]])
        self._cloud.delete_stack(StackName=stack["StackId"])
        end = self.settle(stack, show, seen[stack["StackId"]])
        happened = self.new_events(stack["StackId"], before)
        if end["StackStatus"] != "DELETE_COMPLETE":
            raise Problem(f"{stack['StackName']} cannot be deleted: {self.first_failure(end, happened)}")
        for name in watched[1:]:
            happened += self.new_events(name, seen[name])
        return [event for event in happened if event["ResourceStatus"] == "DELETE_SKIPPED"]

    def _nested(self, stack: str) -> Iterator[str]:
        for page in self._cloud.get_paginator("list_stack_resources").paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                if resource["ResourceType"] == NESTED and resource.get("PhysicalResourceId"):
                    yield resource["PhysicalResourceId"]
                    yield from self._nested(resource["PhysicalResourceId"])
