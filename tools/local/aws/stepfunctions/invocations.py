"""What a task that invokes a function means: the function's ARN, and the result of an outcome. Pure.

Step Functions Developer Guide: *Invoke an AWS Lambda function with Step Functions*.
"""

import re

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions.executor import TaskFailed
from tools.local.aws.stepfunctions.history import to_text
from tools.local.delivery.model import Outcome
from tools.local.home import ACCOUNT, REGION

_PREFIX = re.compile(rf"(arn:aws:lambda:[a-z0-9-]+:)?{ACCOUNT}:function:")
_NAME = re.compile(r"[A-Za-z0-9-_]{1,64}(:(\$LATEST|[A-Za-z0-9-_]+))?")


def arn_of(arguments: Document) -> str:
    """The ARN that FunctionName and Qualifier name. Raises TaskFailed."""
    given = str(arguments.get("FunctionName", ""))
    prefix = _PREFIX.match(given)
    name = given[prefix.end() :] if prefix else given
    arn = f"{(prefix and prefix[1]) or f'arn:aws:lambda:{REGION}:'}{ACCOUNT}:function:"
    if not _NAME.fullmatch(name):
        raise TaskFailed("Lambda.AWSLambdaException", f"{given} is not a function's name")
    qualifier = arguments.get("Qualifier")
    if qualifier is None:
        return arn + name
    own = name.partition(":")[2]
    if own and own != qualifier:
        raise TaskFailed(
            "Lambda.InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )
    return f"{arn}{name.partition(':')[0]}:{qualifier}"


def result_of(outcome: Outcome, request_id: str) -> Document:
    """The result of the task. Raises TaskFailed with the error that the function reported."""
    if outcome.failed:
        error = outcome.payload if isinstance(outcome.payload, dict) else {}
        raise TaskFailed(str(error.get("errorType") or "Lambda.Unknown"), to_text(outcome.payload))
    return {
        "ExecutedVersion": outcome.version,
        "Payload": outcome.payload,
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": request_id},
        "StatusCode": 200,
    }
