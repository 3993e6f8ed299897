"""The states in which CloudFormation does not update a stack."""

from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import core, patch

# The page "Understand CloudFormation stack creation events": such a stack can be deleted only, or rolled back.
NOT_UPDATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")


@patch
def failed_stacks_are_not_updated() -> None:
    """AWS refuses to update a stack whose creation failed, and one that is changing, directly and by a change set. The
    engine updates them."""
    handlers, helpers = core("services.cloudformation.handlers"), core("services.cloudformation.helpers")
    table = handlers._ACTION_HANDLERS

    def refusing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def handle(params: Any) -> Any:
            stack = handlers._resolve_stack(helpers._p(params, "StackName"))
            status = str(stack.get("StackStatus", "")) if stack else ""
            creates = helpers._p(params, "ChangeSetType") in ("CREATE", "IMPORT")
            if not creates and (status in NOT_UPDATED or _changes(status)):
                text = f"Stack:{stack['StackId']} is in {status} state and can not be updated."
                return helpers._error("ValidationError", text)
            return original(params)

        return handle

    for operation in ("UpdateStack", "CreateChangeSet"):
        table[operation] = refusing(table[operation])


def _changes(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
