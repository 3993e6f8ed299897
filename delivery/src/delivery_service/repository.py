"""The deliveries table. Only this file knows DynamoDB's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from delivery_service.domain import Address, Delivery, Move, Status
from delivery_service.errors import NoSuchDelivery, NotDeliverable
from ecom import pages
from ecom.dynamo import plain, typed
from ecom.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 20
_SCOPE = "deliveries"


@dataclass(frozen=True, slots=True)
class Listed:
    order_id: str
    address: Address


@dataclass(frozen=True, slots=True)
class Page:
    deliveries: list[Listed]
    next_token: str | None


class Deliveries(Protocol):
    """What the handlers need; the table and the fake for tests pass the same contract suite."""

    def get(self, order_id: str) -> Delivery | None: ...
    def open(self, delivery: Delivery, correlation_id: str) -> None: ...
    def move(self, order_id: str, move: Move, now: datetime, request_id: str) -> None: ...
    def new(self, token: str | None) -> Page: ...


class DeliveriesTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, order_id: str) -> Delivery | None:
        answer = self._client.get_item(TableName=self._table, Key={"orderId": {"S": order_id}}, ConsistentRead=True)
        return delivery_of(plain(answer["Item"])) if "Item" in answer else None

    def open(self, delivery: Delivery, correlation_id: str) -> None:
        """One delivery per order: opening it again changes nothing, however far it has come."""
        item = {
            "orderId": delivery.order_id,
            "status": delivery.status.value,
            "address": delivery.address,
            "since": timestamp(delivery.since),
            "queue": Status.NEW.value,
            "version": 0,
            "correlationId": correlation_id,
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=typed(item), ConditionExpression="attribute_not_exists(orderId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def move(self, order_id: str, move: Move, now: datetime, request_id: str) -> None:
        """Take the step, or raise NoSuchDelivery or NotDeliverable and change nothing.

        The SDK sends a request again when its answer was lost: a step that this very request took is no illegal one.
        """
        values = {":before": move.before.value, ":after": move.after.value, ":now": timestamp(now), ":one": 1}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"orderId": {"S": order_id}},
                UpdateExpression=(
                    "SET #status = :after, #since = :now, #version = #version + :one, #correlation = :request "
                    "REMOVE #queue"
                ),
                ConditionExpression="#status = :before",
                ExpressionAttributeNames={
                    "#status": "status",
                    "#since": "since",
                    "#version": "version",
                    "#correlation": "correlationId",
                    "#queue": "queue",
                },
                ExpressionAttributeValues=typed({**values, ":request": request_id}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failure:
            found: Any = failure.response.get("Item")
            if not found:
                raise NoSuchDelivery(order_id) from None
            item = plain(found)
            if (item["status"], item.get("correlationId")) != (move.after, request_id):
                raise NotDeliverable(order_id, item["status"], move.after) from None

    def new(self, token: str | None) -> Page:
        """Packages that nobody has taken along, the oldest first."""
        start = pages.decode_token(_SCOPE, token, {"orderId": None, "queue": Status.NEW, "since": None})
        more: dict[str, Any] = {"ExclusiveStartKey": typed(start)} if start else {}
        answer = self._client.query(
            TableName=self._table,
            IndexName="queue",
            KeyConditionExpression="queue = :queue",
            ExpressionAttributeValues={":queue": {"S": Status.NEW}},
            Limit=PAGE,
            **more,
        )
        last = answer.get("LastEvaluatedKey")
        items = [plain(item) for item in answer["Items"]]
        listed = [Listed(item["orderId"], item["address"]) for item in items]
        return Page(listed, pages.encode_token(_SCOPE, plain(last) if last else None))


def delivery_of(item: dict[str, Any]) -> Delivery:
    since = datetime.fromisoformat(item["since"])
    return Delivery(item["orderId"], Status(item["status"]), item["address"], since)
