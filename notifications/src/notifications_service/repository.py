"""The table of mails. Only this file knows DynamoDB's words."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ecom.dynamo import plain, typed
from ecom.times import timestamp
from notifications_service.domain import KEEP, Kind, Row, State
from notifications_service.errors import InTheWay

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Mails(Protocol):
    """What is known of mails; the table and the fake for tests pass the same contract suite.

    Each operation is one conditional write. The SDK sends it again when its answer was lost: that is no other attempt.
    """

    def claim(self, row: Row, over: Row | None = None) -> None:
        """Write a claim where there is nothing, or over that very row. Raises InTheWay with what stands there."""

    def give_back(self, row: Row) -> None:
        """Forget this claim, if it is still there: nothing was sent."""

    def sent(self, row: Row) -> None:
        """The mail was sent, whatever its row says."""

    def unknown(self, row: Row) -> None:
        """The claim of this name ended, and nobody knows how. Raises InTheWay when its row says something else."""


class MailsTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, row: Row, over: Row | None = None) -> None:
        if over is None:
            self._put(row, {"ConditionExpression": "attribute_not_exists(orderId)"})
        else:
            self._put(row, _stands(over.claim, over.state))

    def give_back(self, row: Row) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=typed({"orderId": row.order_id, "kind": row.kind.value}),
                **_stands(row.claim, State.CLAIMED),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def sent(self, row: Row) -> None:
        self._client.put_item(TableName=self._table, Item=typed(item_of(row)))

    def unknown(self, row: Row) -> None:
        self._put(row, _stands(row.claim, State.CLAIMED))

    def _put(self, row: Row, condition: dict[str, Any]) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=typed(item_of(row)),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except self._client.exceptions.ConditionalCheckFailedException as failure:
            item: Any = failure.response.get("Item")
            found = row_of(plain(item)) if item else None
            if found is None or (found.claim, found.state) != (row.claim, row.state):
                raise InTheWay(found) from None


def _stands(claim: str, state: State) -> dict[str, Any]:
    """The condition that the row is still the one of this attempt, in this state."""
    return {
        "ConditionExpression": "#claim = :claim AND #state = :state",
        "ExpressionAttributeNames": {"#claim": "claim", "#state": "state"},
        "ExpressionAttributeValues": typed({":claim": claim, ":state": state.value}),
    }


def item_of(row: Row) -> dict[str, Any]:
    known = {"correlationId": row.correlation_id, "messageId": row.message_id}
    return {
        "orderId": row.order_id,
        "kind": row.kind.value,
        "state": row.state.value,
        "claim": row.claim,
        "since": timestamp(row.since),
        "expiresAt": int((row.since + KEEP).timestamp()),
        **{name: value for name, value in known.items() if value},
    }


def row_of(item: dict[str, Any]) -> Row:
    return Row(
        order_id=item["orderId"],
        kind=Kind(item["kind"]),
        state=State(item["state"]),
        claim=item["claim"],
        since=datetime.fromisoformat(item["since"]),
        correlation_id=item.get("correlationId", ""),
        message_id=item.get("messageId", ""),
    )
