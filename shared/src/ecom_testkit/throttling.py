"""A DynamoDB client that fails, for tests that every call of a repository has a type for it."""

from typing import Any

from botocore.exceptions import ClientError

# What DynamoDB answers when a table is throttled, and when it fails.
FAILURES = (
    ("ProvisionedThroughputExceededException", 400),
    ("ThrottlingException", 400),
    ("RequestLimitExceeded", 400),
    ("InternalServerError", 500),
)


class FailingClient:
    """Passes `succeed` calls on to the client and fails all later ones. Without a client every call fails."""

    def __init__(self, code: str, status: int, client: Any = None, succeed: int = 0) -> None:
        self._code, self._status, self._client, self._left = code, status, client, succeed

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            if self._left > 0:
                self._left -= 1
                return getattr(self._client, operation)(**request)
            response = {"Error": {"Code": self._code}, "ResponseMetadata": {"HTTPStatusCode": self._status}}
            raise ClientError(response, operation)  # type: ignore[arg-type]  # as much as our code reads

        return call
