"""The orders table, and the table of payment tokens that orders hold. Only this file knows DynamoDB's words."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ecom import pages
from ecom.dynamo import can_be_key, plain, typed
from ecom.errors import PlatformError, TryAgain
from orders_service.domain import Order, belongs_to
from orders_service.errors import PaymentTokenUsed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 20
TRIES = 8
MAX_ROUNDS = 5
BUSY = frozenset(("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"))

Decide = Callable[[Order], Order]


@dataclass(frozen=True, slots=True)
class Page:
    orders: list[Order]
    next_token: str | None


class Orders(Protocol):
    """What the handlers need; the table and the fake for tests pass the same contract suite."""

    def get(self, order_id: str) -> Order | None: ...
    def place(self, order: Order) -> Order:
        """The order that stands under this id afterwards: this one, or one that was there before.

        The order and its payment token are one transaction. Raises PaymentTokenUsed.
        """

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        """The order as `decide` wants it; None when there is none. Decided on the newest state, in one conditional
        write; no write when `decide` answers the very order that it was given. What it raises is raised."""

    def page(self, user_id: str, token: str | None) -> Page:
        """A page of the user's orders, newest first."""


@contextmanager
def _busy() -> Iterator[None]:
    """No answer in time, throttled or broken: the outcome is unknown, and the same call may succeed."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except BotoCoreError as error:
        raise TryAgain(f"the table: {type(error).__name__}") from error
    except ClientError as error:
        if error.response["Error"]["Code"] in BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise TryAgain(f"the table: {error.response['Error']['Code']}") from error
        raise


def pause(attempt: int) -> None:
    """Spread those who met at one order."""
    time.sleep(random.uniform(0.0, 0.02 * 2**attempt))  # noqa: S311 - nothing secret


class OrdersTable:
    def __init__(
        self, client: "DynamoDBClient", table: str, payment_tokens: str, pause: Callable[[int], None] = pause
    ) -> None:
        self._client = client
        self._table = table
        self._payment_tokens = payment_tokens
        self._pause = pause

    def get(self, order_id: str) -> Order | None:
        with _busy():
            return self._get(order_id, sure=True) if can_be_key(order_id) else None

    def _get(self, order_id: str, *, sure: bool) -> Order | None:
        answer = self._client.get_item(TableName=self._table, Key={"orderId": {"S": order_id}}, ConsistentRead=sure)
        return plain(answer["Item"]) if "Item" in answer else None

    def place(self, order: Order) -> Order:
        with _busy():
            return self._place(order)

    def _place(self, order: Order) -> Order:
        item = {**order, "version": 1}
        for attempt in range(TRIES):
            try:
                self._client.transact_write_items(TransactItems=self._placing(item))
            except self._client.exceptions.TransactionCanceledException as failure:
                of_order, of_token = failure.response["CancellationReasons"]
                if "Item" in of_order:
                    return plain(of_order["Item"])
                if of_token.get("Code") == "ConditionalCheckFailed":
                    raise PaymentTokenUsed("another order uses this payment token") from None
                # Others wrote at the same moment, or the table is busy: what stands is known the next time.
                self._pause(attempt)
            else:
                return item
        raise TryAgain("the table is too busy to place the order")

    def _placing(self, item: Order) -> list[Any]:
        # The token itself is in the order alone: a table of hashes is no table of money.
        hashed = hashlib.sha256(item["paymentToken"].encode()).hexdigest()
        return [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": typed(item),
                    "ConditionExpression": "attribute_not_exists(orderId)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {
                "Put": {
                    "TableName": self._payment_tokens,
                    "Item": typed({"tokenHash": hashed, "orderId": item["orderId"]}),
                    # The same order again, after somebody deleted it by hand, may use its own token.
                    "ConditionExpression": "attribute_not_exists(tokenHash) OR orderId = :order",
                    "ExpressionAttributeValues": {":order": {"S": item["orderId"]}},
                }
            },
        ]

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        with _busy():
            return self._change(order_id, decide, correlation_id) if can_be_key(order_id) else None

    def _change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        # The first look may be stale at half the price: the condition of the write finds out, and a decision to write
        # nothing is taken again on what is sure.
        current, sure = self._get(order_id, sure=False), False
        for attempt in range(TRIES):
            wanted = _decided(decide, current, sure=sure)
            if wanted is not None and current is not None:
                try:
                    return self._replace(current, wanted, correlation_id)
                except self._client.exceptions.ConditionalCheckFailedException as failure:
                    old: Any = failure.response.get("Item")
                    current, sure = plain(old) if old else None, True
                    self._pause(attempt)
            elif sure:
                return current
            else:
                current, sure = self._get(order_id, sure=True), True
        raise TryAgain("too many changes of one order at once")

    def _replace(self, current: Order, wanted: Order, correlation_id: str) -> Order:
        """Write what differs, if the order is still as it was read."""
        version = current.get("version")
        written = {
            **wanted,
            "version": version + 1 if isinstance(version, int) else 1,
            "correlationId": correlation_id,
        }
        changed = {name: value for name, value in written.items() if name not in current or current[name] != value}
        # The version alone would not do: an order put or changed by hand has none, or keeps it.
        same = [name for name in ("version", "status") if name in current]
        gone = [name for name in ("version", "status") if name not in current]
        conditions = ["attribute_exists(orderId)"]
        conditions += [f"#{name} = :was_{name}" for name in same]
        conditions += [f"attribute_not_exists(#{name})" for name in gone]
        values = {f":{name}": value for name, value in changed.items()}
        values |= {f":was_{name}": current[name] for name in same}
        self._client.update_item(
            TableName=self._table,
            Key={"orderId": {"S": current["orderId"]}},
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in changed)}",
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames={f"#{name}": name for name in {*changed, "version", "status"}},
            ExpressionAttributeValues=typed(values),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return written

    def page(self, user_id: str, token: str | None) -> Page:
        """Keys from the index, orders from the table: the index is not written when an order changes."""
        with _busy():
            return self._page(user_id, token)

    def _page(self, user_id: str, token: str | None) -> Page:
        scope = f"orders:{user_id}"
        start = pages.decode_token(scope, token, {"orderId": None, "userId": user_id, "createdDate": None})
        more: dict[str, Any] = {"ExclusiveStartKey": typed(start)} if start else {}
        answer = self._client.query(
            TableName=self._table,
            IndexName="user",
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
            ScanIndexForward=False,
            Limit=PAGE,
            **more,
        )
        last: Any = answer.get("LastEvaluatedKey")
        ids = [item["orderId"]["S"] for item in answer["Items"]]
        found = self._get_many(ids)
        orders = [found[order_id] for order_id in ids if order_id in found]
        # The index may lag behind: an order is its owner's by what the table says.
        own = [order for order in orders if belongs_to(order, user_id)]
        return Page(own, pages.encode_token(scope, plain(last) if last else None))

    def _get_many(self, order_ids: list[str]) -> dict[str, Order]:
        wanted: list[Any] = [{"orderId": {"S": order_id}} for order_id in order_ids]
        found: dict[str, Order] = {}
        for _ in range(MAX_ROUNDS):
            if not wanted:
                return found
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted}})
            for item in answer["Responses"].get(self._table, []):
                order = plain(item)
                found[order["orderId"]] = order
            left: Any = answer.get("UnprocessedKeys", {}).get(self._table, {})
            wanted = left.get("Keys", [])
        raise TryAgain("the table is too busy to read all orders")


def _decided(decide: Decide, current: Order | None, *, sure: bool) -> Order | None:
    """What is to be written, None for nothing. A refusal counts only if what it is about is sure."""
    if current is None:
        return None
    try:
        wanted = decide(current)
    except PlatformError:
        if sure:
            raise
        return None
    return None if wanted is current else wanted
