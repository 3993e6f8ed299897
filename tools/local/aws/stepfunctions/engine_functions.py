"""Lambda as a task sees it: invoked with the rights of the machine's role.

Step Functions Developer Guide: *Invoke an AWS Lambda function with Step Functions*.
"""

from typing import Any

from tools.local.aws.iam.engine_sessions import demand, trusts_service
from tools.local.aws.json_api import Document
from tools.local.aws.lambda_.engine_async_invocations import invoke_later
from tools.local.aws.stepfunctions.executor import Busy, TaskFailed
from tools.local.aws.stepfunctions.invocations import arn_of, result_of
from tools.local.delivery import engine_delivery
from tools.local.engine.patching import service

PRINCIPAL = "states.amazonaws.com"
_WAYS = ("RequestResponse", "Event")


class LambdaFunctions:
    """See `executor.Functions`."""

    def arn_of(self, arguments: Document) -> str:
        return arn_of(arguments)

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
        return result_of(outcome, engine_delivery.new_id())
