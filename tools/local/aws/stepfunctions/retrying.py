"""Which retrier or catcher takes an error, and how long a retrier waits.

Step Functions Developer Guide: *Handling errors in Step Functions workflows*.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

TIMEOUT, HEARTBEAT, FAILED, ANY = "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed", "States.ALL"
TERMINAL = ("States.DataLimitExceeded", "States.Runtime")
"""Errors that States.ALL does not match."""
TRANSIENT = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
"""Errors of Lambda, not of the function: the same call may succeed. The page *Handle Lambda service exceptions*."""

Handler = Mapping[str, Any]


def matches(error: str, names: Sequence[str]) -> bool:
    if error in names:
        return True
    if ANY in names:
        return error not in TERMINAL
    if error == HEARTBEAT and TIMEOUT in names:
        return True
    return FAILED in names and error not in (TIMEOUT, HEARTBEAT, *TERMINAL)


def first_match(error: str, handlers: Sequence[Handler]) -> int | None:
    """The position of the handler that takes the error."""
    return next((index for index, one in enumerate(handlers) if matches(error, one["ErrorEquals"])), None)


def delay(retrier: Handler, earlier: int, chance: Callable[[], float]) -> float | None:
    """The seconds before the next attempt, after `earlier` retries by this retrier; None if there is none left."""
    if earlier >= retrier.get("MaxAttempts", 3):
        return None
    rate = float(retrier.get("BackoffRate", 2))
    longest = float(retrier.get("MaxDelaySeconds", 31_622_400))
    # The exponent is limited: a float has no value for the delay after thousands of attempts.
    seconds = min(float(retrier.get("IntervalSeconds", 1)) * rate ** min(earlier, 200), longest)
    return seconds * chance() if retrier.get("JitterStrategy") == "FULL" else seconds
