"""The payment table, and the table of facts that came before their order. Only this file knows DynamoDB's words.

Guarantees: a row changes in one conditional write, decided on its newest state; a fact is kept beside an order that
is not known yet, or is on its row, and never in between: the row is made first and the early facts are read after it,
while early facts are written on the condition that there is no row.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from ecom.dynamo import plain, typed
from payment_service.domain import Facts, Payment, Status
from payment_service.errors import Crowded
from payment_service.rows import Item, facts_of, item_of, payment_of, row_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TRIES = 10
LONGEST_WAIT_SECONDS = 0.3
# Longer than any hold lasts, and than a dead letter is kept.
EARLY_DAYS = 45

Decide = Callable[[Payment], Payment]


@dataclass(frozen=True, slots=True)
class Row:
    """A payment as it was read or written last, and what its row was then."""

    payment: Payment
    item: Mapping[str, Any] = field(repr=False)


class Payments(Protocol):
    """What keeping the books needs; the table and the fake for tests pass the same contract suite."""

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        """Make the order's row; None when it has one."""

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        """The row as `decide` wants it; None when there is none. Nothing is written when the payment stays as it is.
        `last` is the row as the caller knows it: it saves a look, and need not be the newest."""

    def keep_early(self, order_id: str, facts: Facts) -> bool:
        """Keep facts of an order that has no row; False when it has one."""

    def early(self, order_id: str) -> Facts | None: ...
    def forget_early(self, order_id: str) -> None: ...


def pause(attempt: int) -> None:
    """Spread those who met at one row."""
    time.sleep(random.uniform(0.0, min(0.01 * 2**attempt, LONGEST_WAIT_SECONDS)))  # noqa: S311 - nothing secret


class PaymentsTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        early_facts: str,
        now: Callable[[], datetime],
        pause: Callable[[int], None] = pause,
    ) -> None:
        self._client = client
        self._table = table
        self._early = early_facts
        self._now = now
        self._pause = pause

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        item = {**row_of(payment, {}), "etag": 1, "correlationId": correlation_id}
        try:
            self._client.put_item(
                TableName=self._table, Item=typed(item), ConditionExpression="attribute_not_exists(orderId)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return Row(payment, item)

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        # The first look may be stale, at half the price: the write's condition finds out, and to write nothing is
        # decided on what is sure.
        item = last.item if last else self._read(self._table, order_id, sure=False)
        sure = False
        for attempt in range(TRIES):
            payment = payment_of(item) if item is not None else None
            wanted = decide(payment) if payment else None
            if item is None or wanted is None or wanted == payment:
                if sure:
                    return Row(payment, item) if payment and item is not None else None
                item, sure = self._read(self._table, order_id, sure=True), True
                continue
            written = _next_row(wanted, item, correlation_id)
            try:
                self._client.put_item(TableName=self._table, Item=typed(written), **_unless_changed(item))
            except self._client.exceptions.ConditionalCheckFailedException as failure:
                old: Any = failure.response.get("Item")
                item, sure = plain(old) if old else None, True
                self._pause(attempt)
            else:
                return Row(wanted, written)
        raise Crowded("too many others change the money of the same order at this moment")

    def keep_early(self, order_id: str, facts: Facts) -> bool:
        forget_at = int((self._now() + timedelta(days=EARLY_DAYS)).timestamp())
        for attempt in range(TRIES):
            found = self._read(self._early, order_id, sure=True)
            known = facts_of(found) if found else Facts()
            etag = int(found["etag"]) if found else 0
            item = {**item_of(known.joined(facts)), "orderId": order_id, "etag": etag + 1, "forgetAt": forget_at}
            no_row: Any = {
                "TableName": self._table,
                "Key": {"orderId": {"S": order_id}},
                "ConditionExpression": "attribute_not_exists(orderId)",
            }
            kept: Any = {"TableName": self._early, "Item": typed(item), **_unless_changed(found)}
            try:
                self._client.transact_write_items(TransactItems=[{"ConditionCheck": no_row}, {"Put": kept}])
            except self._client.exceptions.TransactionCanceledException as failure:
                of_row, _ = failure.response["CancellationReasons"]
                if of_row.get("Code") == "ConditionalCheckFailed":
                    return False
                self._pause(attempt)
            else:
                return True
        raise Crowded("too many facts of the same order at this moment")

    def early(self, order_id: str) -> Facts | None:
        found = self._read(self._early, order_id, sure=True)
        return facts_of(found) if found else None

    def forget_early(self, order_id: str) -> None:
        self._client.delete_item(TableName=self._early, Key={"orderId": {"S": order_id}})

    def _read(self, table: str, order_id: str, *, sure: bool) -> Item | None:
        answer = self._client.get_item(TableName=table, Key={"orderId": {"S": order_id}}, ConsistentRead=sure)
        return plain(answer["Item"]) if "Item" in answer else None


def _next_row(payment: Payment, before: Mapping[str, Any], correlation_id: str) -> Item:
    """`etag` counts every write; `version`, which orders the events, counts those that are announced."""
    row = {**row_of(payment, before), "etag": int(before.get("etag", 0)) + 1, "correlationId": correlation_id}
    if payment.status is not Status.HELD:
        row["version"] = int(before.get("version", 0)) + 1
    return row


def _unless_changed(item: Mapping[str, Any] | None) -> dict[str, Any]:
    """The condition that the item is as it was read, even one that somebody wrote by hand without an etag."""
    if item is None:
        return {"ConditionExpression": "attribute_not_exists(orderId)"}
    condition: dict[str, Any] = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if "etag" not in item:
        return {**condition, "ConditionExpression": "attribute_exists(orderId) AND attribute_not_exists(etag)"}
    values = {":etag": {"N": str(item["etag"])}}
    return {**condition, "ConditionExpression": "etag = :etag", "ExpressionAttributeValues": values}
