"""Deleted stacks, which CloudFormation lists by their ids for 90 days."""

from collections.abc import Iterable
from typing import Any

from tools.local.engine.patching import core, patch

# AWS keeps them by time. A local cloud is stopped and started: it keeps the last ones.
LISTED = 100


@patch
def deleted_stacks_are_listed_with_their_resources() -> None:
    """A deleted stack is listed, with the resources that it kept (DELETE_SKIPPED). In the engine the next stack of the
    name takes its place, and its resources are gone at once."""
    stacks, handlers = core("services.cloudformation.stacks"), core("services.cloudformation.handlers")
    original = stacks._delete_stack_async

    async def delete(stack_name: str, stack_id: str, retain_resources: Iterable[str] = (), force: bool = False) -> None:
        known = core("services.cloudformation")._stacks
        resources = dict((known.get(stack_name) or {}).get("_resources", {}))
        await original(stack_name, stack_id, retain_resources, force)
        stack = known.get(stack_name)
        if not stack or stack.get("StackId") != stack_id or stack["StackStatus"] != "DELETE_COMPLETE":
            return
        statuses = _last_statuses(core("services.cloudformation")._stack_events.get(stack_id) or [])
        stack["_resources"] = {
            logical_id: {**resource, "ResourceStatus": statuses.get(logical_id, "DELETE_COMPLETE")}
            for logical_id, resource in resources.items()
        }
        # The engine finds a stack by its key, which is its name, or by its id.
        known[stack_id] = known.pop(stack_name)
        deleted = [key for key, other in known.items() if other["StackStatus"] == "DELETE_COMPLETE"]
        for key in deleted[:-LISTED]:
            del known[key]

    for module in (stacks, handlers):
        module._delete_stack_async = delete


def _last_statuses(events: list[dict[str, Any]]) -> dict[str, str]:
    """Logical id -> its last status. The events are oldest first."""
    return {event["LogicalResourceId"]: event["ResourceStatus"] for event in events}
