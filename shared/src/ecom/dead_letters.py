"""The dead-letter queue of a service, for messages that no retry can process.

A dead letter carries the reason and the place to which `make redrive` sends it back: the queue it came from, else the
function that received it.
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
        """Send what was received (a text unchanged), with the error's type and message named as EventBridge does."""
        attributes = {
            "ERROR_CODE": error.type,
            "ERROR_MESSAGE": _printable(error.message)[:1000],
            "BACK_TO": back_to or os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        }
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=received if isinstance(received, str) else jsons.dumps(received),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        )


def _printable(text: str) -> str:
    """SQS refuses control characters in attributes, and a reason may contain text of a caller."""
    return "".join(character if character.isprintable() else " " for character in text)
