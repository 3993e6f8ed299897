"""Deploy/CloudFormation: change sets and stacks. The page "AWS CloudFormation deploy action reference".

A change set without changes counts as success, and so does its execution.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from tools.local.aws.codepipeline.actions import cloudformation_inputs as inputs
from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Run

POLL = 0.3
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


class CloudFormation:
    """The modes CHANGE_SET_REPLACE, CHANGE_SET_EXECUTE, CREATE_UPDATE and DELETE_ONLY."""

    def step(self, run: Run) -> Later | Done:
        mode = run.configuration["ActionMode"]
        modes = {
            "CHANGE_SET_REPLACE": _replace_change_set,
            "CHANGE_SET_EXECUTE": _execute_change_set,
            "CREATE_UPDATE": _create_or_update,
            "DELETE_ONLY": _delete,
        }
        return modes[mode](run)


def _replace_change_set(run: Run) -> Later | Done:
    stack, name = run.configuration["StackName"], run.configuration["ChangeSetName"]
    client = run.clients["cloudformation"]
    if not run.work.get("change_set"):
        found = _described(run, stack)
        if found is not None:
            client.delete_change_set(StackName=stack, ChangeSetName=name)
        new = found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS"
        created = client.create_change_set(
            StackName=stack,
            ChangeSetName=name,
            ChangeSetType="CREATE" if new else "UPDATE",
            **inputs.stack_arguments(run),
        )
        run.work["change_set"] = run.external = created["Id"]
        run.save()
    made = client.describe_change_set(StackName=stack, ChangeSetName=run.work["change_set"])
    if made["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        return Later(POLL)
    if made["Status"] == "CREATE_COMPLETE":
        return _done(run, f"Change set {name} was created.", {})
    if _is_empty(made):
        return _done(run, f"Change set {name} was created. It contains no changes.", {})
    raise ActionFailed("JobFailed", f"Change set {name} failed: {made.get('StatusReason', '')}")


def _execute_change_set(run: Run) -> Later | Done:
    stack, name = run.configuration["StackName"], run.configuration["ChangeSetName"]
    client = run.clients["cloudformation"]
    if not run.work.get("executed"):
        change_set = client.describe_change_set(StackName=stack, ChangeSetName=name)
        if _is_empty(change_set):
            return _done(run, f"Change set {name} contains no changes.", _outputs(_described(run, stack) or {}))
        began = run.work.get("began") == change_set["ChangeSetId"]
        if not (began and change_set["ExecutionStatus"].startswith("EXECUTE_")):
            run.work.update(began=change_set["ChangeSetId"], stack=change_set["StackId"])
            run.external = change_set["StackId"]
            run.save()
            client.execute_change_set(StackName=stack, ChangeSetName=name)
        run.work["executed"] = True
        run.save()
    return _settled(run, run.work["stack"])


def _create_or_update(run: Run) -> Later | Done:
    stack, client = run.configuration["StackName"], run.clients["cloudformation"]
    if not run.work.get("stack"):
        found = _described(run, stack)
        if found and found["StackStatus"].endswith("_IN_PROGRESS") and run.work.get("began"):
            run.work["stack"] = found["StackId"]
            return Later(POLL)
        run.work["began"] = True
        run.save()
        arguments = inputs.stack_arguments(run)
        if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            run.work["stack"] = client.create_stack(StackName=stack, **arguments)["StackId"]
        else:
            run.work["stack"] = found["StackId"]
            try:
                client.update_stack(StackName=stack, **arguments)
            except ClientError as error:
                if NO_CHANGES[1] not in str(error):
                    raise
                return _done(run, "No updates are to be performed.", _outputs(found))
        run.external = run.work["stack"]
        run.save()
    return _settled(run, run.work["stack"])


def _delete(run: Run) -> Later | Done:
    stack, client = run.configuration["StackName"], run.clients["cloudformation"]
    if not run.work.get("stack"):
        found = _described(run, stack)
        if found is None:
            return Done("The stack does not exist.")
        run.work["stack"] = run.external = found["StackId"]
        client.delete_stack(StackName=stack, **inputs.role_argument(run))
        run.save()
    found = _described(run, run.work["stack"])
    status = found["StackStatus"] if found else "DELETE_COMPLETE"
    if status == "DELETE_COMPLETE":
        return Done("Stack deleted.")
    if status == "DELETE_IN_PROGRESS":
        return Later(POLL)
    raise ActionFailed(
        "JobFailed", f"Stack {stack} is in the state {status}: {(found or {}).get('StackStatusReason', '')}"
    )


def _described(run: Run, stack: str) -> dict[str, Any] | None:
    """The stack, or None when it does not exist."""
    try:
        found: dict[str, Any] = run.clients["cloudformation"].describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" and not stack.startswith("arn:") else found


def _is_empty(change_set: dict[str, Any]) -> bool:
    reason = change_set.get("StatusReason") or ""
    return bool(change_set["Status"] == "FAILED" and any(text in reason for text in NO_CHANGES))


def _settled(run: Run, stack_id: str) -> Later | Done:
    """Wait for a stack that is created or updated."""
    found = _described(run, stack_id)
    status = found["StackStatus"] if found else "DELETE_COMPLETE"
    if status.endswith("_IN_PROGRESS"):
        return Later(POLL)
    if found and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return _done(run, f"Stack {found['StackName']} is {status}.", _outputs(found))
    raise ActionFailed(
        "JobFailed", f"Stack {run.configuration['StackName']} is in the state {status}. {_first_reason(run, stack_id)}"
    )


def _first_reason(run: Run, stack_id: str) -> str:
    """The first failed resource of the last operation. Without the right to see events it is not told, as on AWS."""
    try:
        events = run.clients["cloudformation"].describe_stack_events(StackName=stack_id)["StackEvents"]
    except ClientError:
        return "The role of the action may not read the events of the stack (cloudformation:DescribeStackEvents)."
    reason = ""
    for event in events:
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        if event["LogicalResourceId"] == event["StackName"] and event["ResourceStatus"] in (
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
        ):
            break
    return reason


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def _done(run: Run, summary: str, outputs: dict[str, str]) -> Done:
    """Success. The outputs of the stack become variables, and the file `OutputFileName` of the output artifact."""
    if run.outputs:
        name = run.configuration.get("OutputFileName")
        if not name:
            raise ActionFailed("ConfigurationError", f"{run.place} has an output artifact and needs OutputFileName")
        run.put(run.only_output(), inputs.zip_of({name: json.dumps(outputs).encode()}))
    return Done(summary, outputs)
