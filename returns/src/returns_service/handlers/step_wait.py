"""The execution waits for a decision, or for goods; or such a wait took too long."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from returns_service import bootstrap
from returns_service.domain import Return, Status
from returns_service.step_handler import step
from returns_service.task_tokens import Wait, attempt_of


@step
def handler(event: Mapping[str, Any], correlation_id: str) -> Return | None:
    return_id, while_in = event["returnId"], Status(event["whileIn"])
    if "taskToken" in event:
        wait = Wait(while_in, event["taskToken"], attempt_of(event.get("attempt")))
        bootstrap.waiting().begin(return_id, wait)
        return None
    return bootstrap.waiting().expire(return_id, while_in, correlation_id)


create_during_init(bootstrap.waiting)
