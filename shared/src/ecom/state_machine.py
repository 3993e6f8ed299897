"""Step Functions: start executions, end their waits, and the Lambda functions that their states invoke."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from ecom import deadline, jsons, tracing
from ecom.aws import is_busy
from ecom.errors import TryAgain
from ecom.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

Step = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
# The wait timed out, or an earlier call ended it.
HAS_ENDED = frozenset(("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"))


class StateMachine:
    def __init__(self, client: "SFNClient", arn: str) -> None:
        self._client, self._arn = client, arn

    def start(self, name: str, given: Mapping[str, Any]) -> None:
        """Start the execution of this name, unless it runs or ran already. Step Functions keeps a name for 90 days
        after its end."""
        with _unless({"ExecutionAlreadyExists"}):
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=jsons.dumps(given))

    def end_wait(self, token: str, output: Mapping[str, Any]) -> None:
        """The execution goes on with this output. A wait that has ended is left alone."""
        with _unless(HAS_ENDED):
            self._client.send_task_success(taskToken=token, output=jsons.dumps(output))


class RetryLater(Exception):
    """The machine retries the state for a long time: the outcome is unknown, or AWS or another service is busy."""


def step(run: Step) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    """A Lambda function that a state invokes, from its input and the correlation id: the input's, which is that of the
    execution, else the invocation's own. Any other error than TryAgain is a defect: the machine retries it some times,
    and then the execution fails, which raises an alarm."""

    @wraps(run)
    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        correlation_id = str(event.get("correlationId") or tracing.correlation_of(context))
        try:
            with tracing.continued(correlation_id), deadline.request(context):
                return dict(run(event, correlation_id))
        except TryAgain as error:
            logger().warning("retried later", extra={"error_type": error.type, "reason": error.message})
            raise RetryLater(error.message) from error

    return handler


@contextmanager
def _unless(codes: frozenset[str] | set[str]) -> Iterator[None]:
    """Errors of Step Functions with these codes count as success. Raises TryAgain when it is busy or does not answer:
    both calls may be repeated."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return
        if is_busy(error.response):
            raise TryAgain("Step Functions is busy") from error
        raise
    except BotoCoreError as error:
        raise TryAgain(f"Step Functions did not answer ({type(error).__name__})") from error
