"""The dead-letter queue of a service, for what no retry can help.

The reason travels with what came in, and so does the place where it can be sent back to once the cause is mended
(`make redrive`): the queue it came from, else the function that had it.
"""

import os
from typing import TYPE_CHECKING, Any

from ecom import jsons
from ecom.errors import PlatformError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class DeadLetters:
    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        """Put away what was received (a text as it is), with the error's type and message as EventBridge names them."""
        attributes = {
            "ERROR_CODE": error.type,
            "ERROR_MESSAGE": _readable(error.message)[:1000],
            "BACK_TO": back_to or os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        }
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=received if isinstance(received, str) else jsons.dumps(received),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        )


def _readable(text: str) -> str:
    """SQS refuses a letter with a control character in an attribute, and a reason may name what somebody sent."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
