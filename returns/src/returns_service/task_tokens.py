"""Task tokens of executions that wait. A token is a secret: it is in no log, event or answer.

It has an item of its own, so that no record of a return in the table's stream holds it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ecom.dynamo import Table
from returns_service.domain import Status
from returns_service.rows import token_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Step Functions ends an execution after a year; DynamoDB deletes its token then.
KEEP = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wait:
    """An execution waits while the return is in a status."""

    while_in: Status
    token: str


class TaskTokens:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def store(self, return_id: str, wait: Wait, now: datetime) -> None:
        self._table.put(
            {
                "id": token_key(return_id),
                "taskToken": wait.token,
                "waitsWhile": wait.while_in.value,
                "forgetAt": int((now + KEEP).timestamp()),
            }
        )

    def find(self, return_id: str) -> Wait | None:
        item = self._table.get({"id": token_key(return_id)})
        return Wait(Status(item["waitsWhile"]), str(item["taskToken"])) if item else None
