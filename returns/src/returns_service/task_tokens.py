"""Task tokens of executions that wait. A token is a secret: it is in no log, event or answer.

It has an item of its own, so that no record of a return in the table's stream holds it. That item has the token of the
latest attempt to wait. The token of an earlier one may be written late: by the SDK's repeat after a lost answer, or by
an invocation that Step Functions gave up.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ecom.dynamo import ConditionFailed, Table
from ecom.times import timestamp
from returns_service.domain import Status
from returns_service.rows import token_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Step Functions ends an execution after a year; DynamoDB deletes its token then.
KEEP = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wait:
    """An execution waits while the return is in a status. `attempt` sorts after those of the waits before it; empty in
    an execution that began with an earlier definition of the machine."""

    while_in: Status
    token: str
    attempt: str = ""


def attempt_of(given: Mapping[str, Any] | None) -> str:
    """A state that is entered later waits later; a redrive, and then a retry, is a later attempt of the same state."""
    if given is None:
        return ""
    entered = timestamp(datetime.fromisoformat(given["entered"]))
    return f"{entered} {int(given['redrives']):06} {int(given['retries']):06}"


class TaskTokens:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def store(self, return_id: str, wait: Wait, now: datetime) -> None:
        """Changes nothing when a later attempt is stored."""
        item = {
            "id": token_key(return_id),
            "taskToken": wait.token,
            "waitsWhile": wait.while_in.value,
            "forgetAt": int((now + KEEP).timestamp()),
        }
        with suppress(ConditionFailed):
            if wait.attempt:
                is_latest = "attribute_not_exists(#attempt) OR #attempt <= :attempt"
                self._table.put({**item, "attempt": wait.attempt}, is_latest, attempt=wait.attempt)
            else:
                is_latest = "attribute_not_exists(#id) OR #waitsWhile IN (:decision, :this)"
                self._table.put(item, is_latest, decision=Status.REQUESTED.value, this=wait.while_in.value)

    def find(self, return_id: str) -> Wait | None:
        """The latest wait."""
        item = self._table.get({"id": token_key(return_id)})
        return Wait(Status(item["waitsWhile"]), str(item["taskToken"])) if item else None
