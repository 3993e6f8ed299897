"""The state machine of returns: an execution for each, with the id of the return as its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ecom import jsons

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# The wait timed out, or an earlier call ended it.
HAS_ENDED = frozenset(("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"))


class StateMachine:
    def __init__(self, client: "SFNClient", arn: str) -> None:
        self._client, self._arn = client, arn

    def start(self, return_id: str, correlation_id: str) -> None:
        """Start the execution of the return, unless it runs or ran already."""
        given = {"returnId": return_id, "correlationId": correlation_id}
        with _unless({"ExecutionAlreadyExists"}):
            self._client.start_execution(stateMachineArn=self._arn, name=return_id, input=jsons.dumps(given))

    def end_wait(self, token: str, status: str) -> None:
        """The execution goes on with this status. A wait that has ended is left alone."""
        with _unless(HAS_ENDED):
            self._client.send_task_success(taskToken=token, output=jsons.dumps({"status": status}))


@contextmanager
def _unless(codes: frozenset[str] | set[str]) -> Iterator[None]:
    """Errors of Step Functions with these codes count as success."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise
