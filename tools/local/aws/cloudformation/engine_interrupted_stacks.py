"""Stack operations that a stop of the cloud interrupted go on at its next start."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from tools.local.aws.cloudformation.engine_stack_changes import stack_changes
from tools.local.delivery import engine_delivery
from tools.local.engine.patching import core, patch

log = logging.getLogger("local.cloudformation")

UNDER_WAY = "_under_way"
"""The key of a stack's record for the operation that runs: its kind and its arguments."""
Operation = Callable[..., Coroutine[Any, Any, None]]
_operations: dict[str, Operation] = {}


@patch
def interrupted_operations_go_on() -> None:
    """CloudFormation finishes an operation whatever happens to the client. The engine runs it in the process: a stack
    whose operation was interrupted by the end of the process stays in progress for ever."""
    stacks = core("services.cloudformation.stacks")
    modules = [stacks, core("services.cloudformation.handlers"), core("services.cloudformation.changesets")]
    for name in ("_deploy_stack_async", "_delete_stack_async", "_roll_back_operation"):
        noted = _operations[name] = _noting(name, getattr(stacks, name))
        for module in modules:
            if hasattr(module, name):
                setattr(module, name, noted)


def _noting(name: str, original: Operation) -> Operation:
    """`original`, which notes in the stack's record what is under way."""

    def start(stack_name: str, stack_id: str, *arguments: Any, **named: Any) -> Coroutine[Any, Any, None]:
        stack = core("services.cloudformation")._stacks.get(stack_name)
        note = [name, _plain(name, arguments), _plain(name, named)]

        async def run() -> None:
            if stack is not None:
                stack[UNDER_WAY] = note
            await original(stack_name, stack_id, *arguments, **named)
            if stack is not None:
                stack.pop(UNDER_WAY, None)

        if stack is not None:
            stack[UNDER_WAY] = note  # also between the answer to the caller and the start of the task
        return run()

    return start


def _plain(name: str, arguments: Any) -> Any:
    """Arguments as they are saved. The record of the stack itself, which a rollback gets, is not saved twice."""
    if isinstance(arguments, dict):
        return {key: _saved(value) for key, value in arguments.items()}
    kept = arguments[1:] if name == "_roll_back_operation" else arguments
    return [_saved(value) for value in kept]


def _saved(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else value


@engine_delivery.at_start
def go_on() -> None:
    """Run the interrupted operations. Call it on the event loop, when the state has been loaded."""
    known = core("services.cloudformation")._stacks
    for scope, stack in list(known.all_items()):
        status = str(stack.get("StackStatus", ""))
        if stack.get(UNDER_WAY):
            log.warning("%s was %s when the cloud stopped; the operation goes on", stack["StackName"], status)
            _run(stack)
        elif status == "CREATE_IN_PROGRESS":  # a nested stack, which its parent creates again
            _delete_resources(stack)
            del known._data[scope]
            stack_changes.note()


def _run(stack: dict[str, Any]) -> None:
    name, arguments, named = stack[UNDER_WAY]
    stack_name, stack_id = stack["StackName"], stack["StackId"]
    operation = _operations[name]
    if name == "_roll_back_operation":
        coroutine = operation(stack_name, stack_id, stack, *arguments, **named)
    else:
        if name == "_deploy_stack_async":
            _prepare(stack, named)
        coroutine = operation(stack_name, stack_id, *arguments, **named)
    change_sets = core("services.cloudformation")._change_sets
    for change_set in change_sets.values():
        if change_set["StackId"] == stack_id and change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
            track = core("services.cloudformation.changesets")._track_change_set_execution
            coroutine = track(change_set, stack, coroutine)
            break
    core("services.cloudformation.stacks")._create_stack_task_in_region(coroutine, stack, stack_id)


def _prepare(stack: dict[str, Any], named: dict[str, Any]) -> None:
    """An update goes on from the resources as they are. A creation starts again: what it had created is deleted."""
    if named.get("is_update") and named.get("previous_stack"):
        resources = {**named["previous_stack"].get("_resources", {}), **stack.get("_resources", {})}
        named["previous_stack"] = {**named["previous_stack"], "_resources": resources}
    else:
        _delete_resources(stack)


def _delete_resources(stack: dict[str, Any]) -> None:
    delete = core("services.cloudformation.stacks")._delete_resource
    for logical_id, resource in reversed(list(stack.get("_resources", {}).items())):
        try:
            delete(
                resource["ResourceType"],
                resource["PhysicalResourceId"],
                resource.get("Properties", {}),
                stack["StackName"],
                logical_id,
            )
        except Exception:
            log.exception(
                "%s of %s could not be deleted before its stack is created again", logical_id, stack["StackName"]
            )
    stack["_resources"] = {}
