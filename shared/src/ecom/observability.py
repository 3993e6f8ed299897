"""Structured logs with Powertools, created on first use, and counters in CloudWatch's embedded metric format.

Nothing personal is logged: complete events are never logged, and values under personal names are masked at any depth.
"""

import os
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ecom import tracing
from ecom.embedded_metrics import NAMESPACE as NAMESPACE  # with FAILED_ANSWERS, what the alarms of a deployment read
from ecom.embedded_metrics import Metric, Unit, write
from ecom.errors import PlatformError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

PERSONAL = frozenset(
    [
        "address",
        "authorization",
        "card",
        "cardnumber",
        "email",
        "name",
        "password",
        "paymenttoken",
        "phonenumber",
        "secret",
        "streetaddress",
        "token",
    ]
)
FAILED_ANSWERS = "FailedAnswers"
RETRIED_AGE = "RetriedMessageAge"
MASK = "***"
FRAMES = 6


@cache
def logger() -> "Logger":
    """The service's logger. Its name is POWERTOOLS_SERVICE_NAME, its level the function's ApplicationLogLevel.

    Lambda takes a line for INFO unless its time is in the form of RFC 3339.
    """
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    class Masking(LambdaPowertoolsFormatter):
        def serialize(self, log: Any) -> str:
            if present := tracing.correlation():
                log.setdefault("correlation_id", present)
            return super().serialize(mask(log))

    return Logger(logger_formatter=Masking(utc=True, use_rfc3339=True))


def describe(error: BaseException) -> dict[str, str]:
    """What may be logged of an unexpected error: its type, AWS's error code, and where it was raised, innermost first.

    Its message is left out, since it may repeat personal input.
    """
    frames = reversed(traceback.extract_tb(error.__traceback__)[-FRAMES:])
    response = getattr(error, "response", None)
    failure = response.get("Error") if isinstance(response, Mapping) else None
    code = {"error_code": str(failure.get("Code"))} if isinstance(failure, Mapping) else {}
    return {
        "error_type": type(error).__name__,
        **code,
        "raised_at": " < ".join(f"{PurePath(at.filename).name}:{at.lineno} {at.name}" for at in frames),
    }


def count(name: str, value: int = 1) -> None:
    """Add to a metric of this environment and service, and write it to the log at once."""
    measure(name, [value], "Count")


def measure(name: str, values: Sequence[int], unit: Unit) -> None:
    """Write values of a metric of this environment and service to the log at once."""
    dimensions = {"environment": os.environ["ENVIRONMENT"], "service": os.environ["POWERTOOLS_SERVICE_NAME"]}
    write([Metric(name, values, unit)], dimensions, time.time())


def count_failed_answer() -> None:
    """Count an answer that failed by our fault, by function and by function and version; write it to the log at once.

    The alarm on the function's errors reads the one (docs/adr/0038-dashboards-and-alarms-are-generated.md), the alarm
    that rolls back a new version the other (docs/adr/0033-gradual-deployment.md). Requests that raise are not counted:
    AWS/Lambda counts them in Errors. Without Lambda's variables there is no version to count for.
    """
    name, version = (os.environ.get(f"AWS_LAMBDA_FUNCTION_{part}") for part in ("NAME", "VERSION"))
    if not name or not version:
        return
    dimensions = {"FunctionName": name, "ExecutedVersion": version}
    write([Metric(FAILED_ANSWERS, [1])], dimensions, time.time(), also_by=["FunctionName"])


def report_answer(error: PlatformError, **about: str) -> None:
    """Log and count an answer with this error if it is a failure (`PlatformError.is_failure`)."""
    if error.is_failure:
        logger().warning("refused", extra={**about, "error_type": error.type, "reason": error.message})
        count_failed_answer()


def mask(value: Any, name: str = "") -> Any:
    """The value with personal parts replaced. `name` is the key of the value."""
    if name.replace("_", "").replace("-", "").lower() in PERSONAL and value is not None:
        return MASK
    if isinstance(value, Mapping):
        return {key: mask(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask(item) for item in value]
    return value
