"""The dead-letter queue of a service, for what no retry can help. The reason travels with what came in."""

from typing import TYPE_CHECKING, Any

from ecom import jsons
from ecom.errors import PlatformError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class DeadLetters:
    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, received: Any, error: PlatformError) -> None:
        """Put away what was received, with the error's type and message as EventBridge names them."""
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=jsons.dumps(received),
            MessageAttributes={
                "ERROR_CODE": {"DataType": "String", "StringValue": error.type},
                "ERROR_MESSAGE": {"DataType": "String", "StringValue": error.message[:1000]},
            },
        )
