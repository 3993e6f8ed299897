"""A DynamoDB client whose answers to writes get lost: the request is done, and the SDK sends it again."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class LosesAnswers:
    """`put_item` is done twice, as botocore does without an answer to the first; `meanwhile` runs between both."""

    def __init__(self, client: Any, meanwhile: Callable[[], object]) -> None:
        self._client, self._meanwhile = client, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        self._client.put_item(**request)
        self._meanwhile()
        try:
            return self._client.put_item(**request)
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise
