"""Task tokens of executions that wait. A token is a secret: it is in no log, event or answer.

It has an item of its own, so that no record of a return in the table's stream holds it. That item has the token of the
latest state that waits: the token of the state before may be written late, by the SDK's repeat after a lost answer.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ecom.dynamo import ConditionFailed, Table
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
        """Changes nothing if the execution waits for goods already, and this wait is that for the decision before."""
        item = {
            "id": token_key(return_id),
            "taskToken": wait.token,
            "waitsWhile": wait.while_in.value,
            "forgetAt": int((now + KEEP).timestamp()),
        }
        is_latest = "attribute_not_exists(#id) OR #waitsWhile IN (:decision, :this)"
        with suppress(ConditionFailed):
            self._table.put(item, is_latest, decision=Status.REQUESTED.value, this=wait.while_in.value)

    def find(self, return_id: str) -> Wait | None:
        """The latest wait."""
        item = self._table.get({"id": token_key(return_id)})
        return Wait(Status(item["waitsWhile"]), str(item["taskToken"])) if item else None
