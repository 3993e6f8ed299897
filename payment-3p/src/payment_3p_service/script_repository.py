"""The table of failure scripts: one item per operation and token, or per operation for all tokens.

Guarantee: a script with `times` is played that many times, however many calls are concurrent.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payment_3p_service.aws import Conflict, aws_failures
from payment_3p_service.errors import Busy
from payment_3p_service.scripts import Behaviour, Script

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FORGET_AFTER = timedelta(hours=1)


class ScriptTable:
    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def write(self, token: str | None, operations: Iterable[str], script: Script) -> None:
        """Replace the scripts of these operations."""
        until = datetime.fromisoformat(script.until)
        for operation in operations:
            item: dict[str, Any] = {
                **_key(token, operation),
                "behaviour": script.behaviour.value,
                "until": script.until,
                "delay": script.delay,
                "forgetAt": int((until.astimezone(UTC) + FORGET_AFTER).timestamp()),
            }
            if script.left is not None:
                item["left"] = script.left
            with aws_failures():
                self._client.put_item(TableName=self._table, Item=item)

    def erase(self, token: str | None, operations: Iterable[str]) -> None:
        for operation in operations:
            with aws_failures():
                self._client.delete_item(TableName=self._table, Key=_key(token, operation))

    def take(self, token: str, operation: str) -> Script | None:
        keys = [_key(token, operation), _key(None, operation)]
        with aws_failures():
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise Busy("the failure scripts could not be read; send the same request again")
        found = {item["scriptFor"]: item for item in answer["Responses"].get(self._table, [])}
        for key in keys:
            item = found.get(key["scriptFor"])
            script = _script(item) if item else None
            if script and script.is_on(self._now()) and (script.left is None or self._use(key, script)):
                return script
        return None

    def _use(self, key: Any, script: Script) -> bool:
        """Count one use. False when none is left."""
        try:
            with aws_failures():
                self._client.update_item(
                    TableName=self._table,
                    Key=key,
                    UpdateExpression="SET #left = #left - :one",
                    ConditionExpression="#left > :none AND #until = :until",
                    ExpressionAttributeNames={"#left": "left", "#until": "until"},
                    ExpressionAttributeValues={":one": 1, ":none": 0, ":until": script.until},
                )
        except Conflict:
            return False
        return True


def _key(token: str | None, operation: str) -> dict[str, Any]:
    return {"scriptFor": f"{operation} of all" if token is None else f"{operation} of token {token}"}


def _script(item: Any) -> Script:
    left = int(item["left"]) if "left" in item else None
    return Script(Behaviour(item["behaviour"]), item["until"], int(item["delay"]), left)
