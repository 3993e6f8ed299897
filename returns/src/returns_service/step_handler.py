"""A Lambda function that a state of the machine invokes."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ecom import deadline, tracing
from ecom.errors import TryAgain
from ecom.observability import logger
from returns_service.domain import Return

Step = Callable[[Mapping[str, Any], str], Return | None]


class RetryLater(Exception):
    """The machine retries the state for a month: the outcome is unknown, or AWS or another service is busy."""


def step(run: Step) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    """Answer the id and the status of the return. The correlation id is that of the execution, if it has one. Any other
    error than TryAgain is a defect: the machine retries it some times, and then the execution fails, which raises an
    alarm."""

    @wraps(run)
    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        correlation_id = str(event.get("correlationId") or tracing.correlation_of(context))
        try:
            with tracing.continued(correlation_id), deadline.request(context):
                done = run(event, correlation_id)
        except TryAgain as error:
            logger().warning("retried later", extra={"error_type": error.type, "reason": error.message})
            raise RetryLater(error.message) from error
        return {"returnId": done.return_id, "status": done.status} if done else {}

    return handler
