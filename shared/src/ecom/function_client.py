"""A Lambda function of another service, invoked for its answer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ecom import deadline, jsons
from ecom.aws import CONNECT_SECONDS, is_busy
from ecom.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class FunctionClient:
    """`arn` is the function's alias, which ends after so many `seconds`; `name` is for messages. `client` makes one
    attempt: a request has one time limit."""

    def __init__(self, client: "LambdaClient", arn: str, name: str, seconds: float) -> None:
        self._client = client
        self._arn = arn
        self._name = name
        self._seconds = seconds

    def call(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The function's answer. Raises TryAgain when there is none: what the function did is unknown."""
        from botocore.exceptions import BotoCoreError, ClientError

        deadline.require(CONNECT_SECONDS + self._seconds)
        try:
            answer = self._client.invoke(FunctionName=self._arn, Payload=jsons.dumps(request).encode())
            content: Any = jsons.loads(answer["Payload"].read())
        except ClientError as error:
            if not is_busy(error.response):
                raise
            raise TryAgain(f"{self._name} is busy") from error
        except (BotoCoreError, ValueError) as error:
            raise TryAgain(f"{self._name} did not answer ({type(error).__name__})") from error
        if answer.get("FunctionError") or not isinstance(content, dict):
            raise TryAgain(f"{self._name} failed")
        return content
