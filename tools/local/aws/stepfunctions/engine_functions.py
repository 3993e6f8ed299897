"""Lambda as a task sees it: invoked with the rights of the machine's role.

Step Functions Developer Guide: *Invoke an AWS Lambda function with Step Functions*.
"""

import re
from typing import Any

from tools.local.aws.iam.engine_sessions import demand, trusts_service
from tools.local.aws.json_api import Document
from tools.local.aws.lambda_.engine_async_invocations import invoke_later
from tools.local.aws.stepfunctions.executor import Busy, TaskFailed
from tools.local.aws.stepfunctions.history import to_text
from tools.local.delivery import engine_delivery
from tools.local.engine.patching import service
from tools.local.home import ACCOUNT, REGION

PRINCIPAL = "states.amazonaws.com"
_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
_NAME = re.compile(r"[A-Za-z0-9-_]{1,64}(:(\$LATEST|[A-Za-z0-9-_]+))?")
_WAYS = ("RequestResponse", "Event")


class LambdaFunctions:
    """See `executor.Functions`."""

    def arn_of(self, arguments: Document) -> str:
        name = str(arguments.get("FunctionName", ""))
        name = name.removeprefix(_ARN).removeprefix(f"{ACCOUNT}:function:")
        if not _NAME.fullmatch(name):
            raise TaskFailed("Lambda.AWSLambdaException", f"{arguments.get('FunctionName')} is not a function's name")
        qualifier = arguments.get("Qualifier")
        if qualifier is None:
            return _ARN + name
        own = name.partition(":")[2]
        if own and own != qualifier:
            raise TaskFailed(
                "Lambda.InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified qualifier.",
            )
        return f"{_ARN}{name.partition(':')[0]}:{qualifier}"

    def invoke(self, execution: Document, arguments: Document) -> Document:
        function = self.arn_of(arguments)
        way = arguments.get("InvocationType", "RequestResponse")
        if way not in _WAYS:
            raise TaskFailed("Lambda.AWSLambdaException", f"InvocationType {way} is not served here")
        role = execution["role"]
        if not trusts_service(role, PRINCIPAL):
            raise TaskFailed("States.TaskFailed", f"{PRINCIPAL} is not authorized to assume the role {role}")
        try:
            demand(role, execution["name"], "lambda:InvokeFunction", function)
        except PermissionError as refused:
            cause = f"{refused} (Service: Lambda, Status Code: 403, Request ID: {engine_delivery.new_id()})"
            raise TaskFailed("Lambda.AWSLambdaException", cause) from None
        if service("lambda_svc")._get_func_record_for_ref(function)[1] is None:
            raise TaskFailed("Lambda.ResourceNotFoundException", f"Function not found: {function}")
        payload = arguments.get("Payload", {})
        if way == "Event":
            invoke_later(function, payload)
            return {"SdkHttpMetadata": {"HttpStatusCode": 202}, "StatusCode": 202}
        return self._run(function, payload)

    @staticmethod
    def _run(function: str, payload: Any) -> Document:
        outcome = engine_delivery.run(function, payload)
        if outcome.throttled:
            raise Busy
        if outcome.failed:
            error = outcome.payload if isinstance(outcome.payload, dict) else {}
            raise TaskFailed(str(error.get("errorType") or "Lambda.Unknown"), to_text(outcome.payload))
        return {
            "ExecutedVersion": outcome.version,
            "Payload": outcome.payload,
            "SdkHttpMetadata": {"HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": engine_delivery.new_id()},
            "StatusCode": 200,
        }
