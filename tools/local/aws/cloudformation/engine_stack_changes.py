"""Whether CloudFormation's state may have changed since the last save.

It is most of the state: templates, change sets, events. Requests to CloudFormation and the operations that they start
are the only ways to change it, so most saves can leave it out without encoding it.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from tools.local.engine.patching import core, patch

SERVICE = "cloudformation"
READS = ("Describe", "Get", "List", "Estimate", "Validate")


class StackChanges:
    """Possible changes of stacks, change sets, events and exports. Use it on the event loop only."""

    def __init__(self) -> None:
        self._operations = 0
        self._changed = True

    def note(self) -> None:
        """Report a possible change."""
        self._changed = True

    async def during(self, operation: Coroutine[Any, Any, None]) -> None:
        """Run an operation, during which anything may change."""
        self._operations += 1
        try:
            await operation
        finally:
            self._operations -= 1
            self._changed = True

    def take(self) -> bool:
        """Whether something may have changed since the last call."""
        changed = self._changed or self._operations > 0
        self._changed = False
        return changed


stack_changes = StackChanges()


@patch
def changes_of_stacks_are_noted() -> None:
    """AWS is durable. The engine encodes all stacks at each save; with this a save leaves unchanged ones out."""
    handlers = core("services.cloudformation.handlers")
    modules = [core(f"services.cloudformation.{name}") for name in ("stacks", "handlers", "changesets")]
    table: dict[str, Callable[[Any], Any]] = handlers._ACTION_HANDLERS
    schedule: Callable[..., None] = modules[0]._create_stack_task_in_region

    def noting(handle: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def handle_noting(params: Any) -> Any:
            try:
                return handle(params)
            finally:
                stack_changes.note()

        return handle_noting

    for action in table:
        if not action.startswith(READS):
            table[action] = noting(table[action])

    def schedule_noting(operation: Coroutine[Any, Any, None], *where: Any, **named: Any) -> None:
        schedule(stack_changes.during(operation), *where, **named)

    for module in modules:
        if hasattr(module, "_create_stack_task_in_region"):
            module._create_stack_task_in_region = schedule_noting
