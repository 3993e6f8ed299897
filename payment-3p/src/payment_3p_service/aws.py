"""AWS clients, and AWS's failures as types: Busy for throttling, a 5xx or no answer; Conflict for a lost race.

Every other refusal is a defect of the request and escapes as botocore's ClientError.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from payment_3p_service.errors import Busy

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# Codes of an error, and of the cancellation reasons of a transaction.
THROTTLED = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "RequestLimitExceeded",
    )
)
CONFLICT = frozenset(
    (
        "ConditionalCheckFailedException",
        "ConditionalCheckFailed",
        "TransactionConflictException",
        "TransactionConflict",
    )
)


class Conflict(Exception):
    """The condition of a write did not hold, or another transaction held the item. Nothing was written."""


def client(service: str) -> Any:
    """The boto3 client. That of DynamoDB takes and returns items as Python values."""
    import boto3
    from botocore.config import Config

    # With JSON logs, AWS's runtime sets this logger to INFO too: lines about its settings at each cold start.
    logging.getLogger("botocore").setLevel(logging.WARNING)

    # Two attempts and the wait between them end within 9 s, before the time limit of the functions.
    settings = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
    if service == "dynamodb":
        return boto3.resource("dynamodb", config=settings).meta.client
    return boto3.client(service, config=settings)  # type: ignore[call-overload]  # the name is no literal here


def create_during_init(*makers: Callable[[], object]) -> None:
    """Called at the end of a handler's module: create what its requests need while Lambda initialises the environment
    on a full processor. Elsewhere nothing happens: importing a handler has no effects, and the first use creates."""
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        for make in makers:
            make()


@contextmanager
def aws_failures() -> Iterator[None]:
    """Raise Busy or Conflict for what an AWS call raises."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        failure = _translated(error)
        if failure is None:
            raise
        raise failure from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Busy("the ledger did not answer in time; send the same request again") from error


def _translated(error: "ClientError") -> Exception | None:
    """None when the request itself is wrong."""
    response: Any = error.response
    code = response["Error"]["Code"]
    reasons = {reason.get("Code") or "None" for reason in response.get("CancellationReasons", [])} - {"None"}
    codes = reasons if code == "TransactionCanceledException" else {code}
    if not codes - CONFLICT:
        return Conflict("the item was changed concurrently")
    is_server_error = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500
    if is_server_error or not codes - CONFLICT - THROTTLED:
        return Busy("the ledger is busy; send the same request again")
    return None
