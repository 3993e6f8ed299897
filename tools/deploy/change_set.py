"""One change set, from its creation to the end of its execution."""

import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from tools.deploy.package import Packaged
from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.problems import Problem

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_NEW = ("didn't contain changes", "No updates are to be performed")


class Change:
    """Creates the stack when `live` is None, else updates it. `importing` are resources that it is created around."""

    def __init__(
        self,
        stacks: Stacks,
        target: Target,
        name: str,
        live: dict[str, Any] | None,
        importing: Sequence[dict[str, Any]] = (),
    ) -> None:
        self._stacks = stacks
        self._target = target
        self._cloud = target.cloudformation
        self._name = name
        self._live = live
        self._importing = importing
        self._interactive = sys.stdout.isatty()

    def run(self, packaged: Packaged, values: dict[str, str], tags: dict[str, str]) -> str:
        started = time.monotonic()
        change_set = self._create(packaged, values, tags)
        if change_set is None:
            return "no changes"
        changes = Counter(change["ResourceChange"]["Action"] for change in change_set["Changes"])
        counted = ", ".join(f"{count} to {action.lower()}" for action, count in sorted(changes.items()))
        print(f"{self._name}: {counted or 'outputs or tags only'}", flush=True)
        seen: set[str] = set()
        self._stacks.new_events(change_set["StackId"], seen)
        before = set(seen)
        self._cloud.execute_change_set(
            ChangeSetName=change_set["ChangeSetId"],
            # A failed creation deletes its resources, even those that a stack retains.
            **({} if self._live or self._importing else {"RetainExceptOnCreate": True}),
        )
        end = self._stacks.settle({"StackId": change_set["StackId"], "StackName": self._name}, self._print_event, seen)
        if end["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            events = self._stacks.new_events(change_set["StackId"], before)
            reason = self._stacks.first_failure(end, events)
            raise Problem(f"{self._name}: {reason} (the stack is {end['StackStatus']})")
        verb = "updated" if self._live else "created"
        return f"{verb} in {time.monotonic() - started:.1f} s"

    def _create(self, packaged: Packaged, values: dict[str, str], tags: dict[str, str]) -> dict[str, Any] | None:
        """The change set, ready to be executed. None when there is nothing to change."""
        try:
            created = self._cloud.create_change_set(
                StackName=self._name,
                ChangeSetName=f"deploy-{uuid.uuid4().hex}",
                ChangeSetType="IMPORT" if self._importing else "UPDATE" if self._live else "CREATE",
                **({"ResourcesToImport": self._importing} if self._importing else {}),
                TemplateURL=packaged.url,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
                Capabilities=CAPABILITIES,
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            )
        except ClientError as error:
            refusal = error.response["Error"]
            if refusal.get("Code") != "ValidationError":
                raise
            raise Problem(
                f"{self._name}: CloudFormation refuses the template: {' '.join(refusal['Message'].split())}"
            ) from None
        answer = self._described(created["Id"])
        if answer["Status"] == "CREATE_COMPLETE":
            return answer
        reason = " ".join(answer.get("StatusReason", "").split()) or "no reason given"
        refused = Problem(f"{self._name}: CloudFormation refuses the change: {reason}")
        if not self._live:
            self._delete_empty_stack(created["StackId"], refused)
            raise refused
        self._cloud.delete_change_set(ChangeSetName=created["Id"])
        if any(text in reason for text in NOTHING_NEW):
            return None
        raise refused

    def _delete_empty_stack(self, stack: str, refused: Problem) -> None:
        """Delete the stack that the refused change set made. Its reason is shown if that fails, too."""
        try:
            self._stacks.delete({"StackId": stack, "StackName": self._name})
        except (Problem, ClientError) as error:
            raise Problem(f"{refused}; then: {error}") from None

    def _described(self, change_set: str) -> dict[str, Any]:
        """Wait until CloudFormation has computed the change set; return it with all its changes."""
        while True:
            answer: dict[str, Any] = self._cloud.describe_change_set(ChangeSetName=change_set)
            if not answer["Status"].endswith(("_IN_PROGRESS", "_PENDING")):
                break
            self._stacks.pause()
        changes, token = list(answer["Changes"]), answer.get("NextToken")
        while token:
            page = self._cloud.describe_change_set(ChangeSetName=change_set, NextToken=token)
            changes += page["Changes"]
            token = page.get("NextToken")
        return {**answer, "Changes": changes}

    def _print_event(self, event: dict[str, Any]) -> None:
        """Print every event on a terminal, elsewhere only failures."""
        status = event["ResourceStatus"]
        if self._interactive or status.endswith("_FAILED"):
            reason = " ".join(event.get("ResourceStatusReason", "").split()) if status.endswith("_FAILED") else ""
            print(
                f"  {status:<20} {event['ResourceType']:<32} {event['LogicalResourceId']} {reason}".rstrip(), flush=True
            )
