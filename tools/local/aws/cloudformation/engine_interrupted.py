"""Operations on stacks that the end of the cloud interrupts: they are rolled back at the next start."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from tools.local.delivery import engine_delivery
from tools.local.engine.patching import core, patch

log = logging.getLogger("local.cloudformation")

# The key of a stack's record for what its rollback needs.
OPERATION = "_running_operation"
REASON = "the local cloud stopped during the operation"

Stack = dict[str, Any]


@patch
def running_operations_are_recorded() -> None:
    """AWS does not lose an operation. The engine's ends with its process, and the stack is in progress for ever."""
    modules = [core(f"services.cloudformation.{name}") for name in ("stacks", "handlers", "changesets")]
    deploy: Callable[..., Any] = modules[0]._deploy_stack_async

    async def recorded(
        name: str,
        stack_id: str,
        template: Stack,
        values: Stack,
        disable_rollback: bool,
        tags: list[Any],
        is_update: bool = False,
        previous_stack: Stack | None = None,
        retain_except_on_create: bool = False,
        imports: dict[str, str] | None = None,
    ) -> None:
        stacks = core("services.cloudformation")._stacks
        stacks[name][OPERATION] = {
            "template": template,
            "values": values,
            "is_update": is_update,
            "previous_stack": previous_stack,
            "retain_except_on_create": retain_except_on_create,
            "imports": imports,
        }
        await deploy(
            name, stack_id, template, values, disable_rollback, tags, is_update, previous_stack,
            retain_except_on_create, imports,
        )  # fmt: skip
        # Not reached when the cloud stops: the next start finds the operation.
        if (stack := stacks.get(name)) is not None:
            stack.pop(OPERATION, None)

    for module in modules:
        module._deploy_stack_async = recorded


@engine_delivery.at_start
def _roll_back_interrupted() -> None:
    """Start the rollbacks. The engine runs each in a task of its own."""
    stacks, responses = core("services.cloudformation.stacks"), core("core.responses")
    for (account, region, name), stack in list(core("services.cloudformation")._stacks.all_items()):
        if OPERATION not in stack or not str(stack["StackStatus"]).endswith("_IN_PROGRESS"):
            continue
        log.warning("%s was %s when the cloud stopped; it is rolled back", name, stack["StackStatus"])
        with responses.request_scope(account, region):
            task = _roll_back(name, stack, stack[OPERATION])
            stacks._create_stack_task_in_region(task, stack, stack["StackId"])


async def _roll_back(name: str, stack: Stack, running: dict[str, Any]) -> None:
    stacks = core("services.cloudformation.stacks")
    previous = running["previous_stack"]
    operation = stacks._failed_operation(
        running["is_update"],
        previous,
        changed_resources(_in_order(running), stack.get("_resources") or {}, (previous or {}).get("_resources") or {}),
        None,
        None,
        [],
        False,
        running["template"],
        running["values"],
        running["retain_except_on_create"],
        stack.get("Tags"),
        (previous or {}).get("Tags"),
        running["imports"],
    )
    await stacks._roll_back_operation(name, stack["StackId"], stack, operation, REASON)
    stack.pop(OPERATION, None)


def _in_order(running: dict[str, Any]) -> list[str]:
    engine = core("services.cloudformation.engine")
    conditions = engine._evaluate_conditions(running["template"], running["values"])
    ordered: list[str] = engine._topological_sort(running["template"].get("Resources") or {}, conditions)
    return ordered


def changed_resources(ordered: Iterable[str], present: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """The resources that the operation created or updated so far, in the order of their creation."""
    return [name for name in ordered if name in present and present[name] != before.get(name)]
