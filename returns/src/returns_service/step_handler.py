"""A Lambda function that a state of the machine invokes about a return."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ecom import state_machine
from returns_service.domain import Return


def step(run: Callable[[Mapping[str, Any], str], Return | None]) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    """Answer the id and the status of the return."""

    @state_machine.step
    @wraps(run)
    def handler(event: Mapping[str, Any], correlation_id: str) -> Mapping[str, Any]:
        done = run(event, correlation_id)
        return {"returnId": done.return_id, "status": done.status} if done else {}

    return handler
