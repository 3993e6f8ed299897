"""The payment table, and the table of early progress: events that came before their order.

Guarantees: a row changes in one conditional write, decided on its newest state. Early progress is either in its own
table or on the row, and never lost: the row is created before the early progress is read, and early
progress is written on the condition that the row does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, transact
from payment_service.domain import OrderProgress, Payment
from payment_service.errors import TooManyConflicts
from payment_service.rows import item_from_progress, next_item, payment_from_item, progress_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 10
# Longer than the provider keeps a hold, and than the dead-letter queue keeps a message.
EARLY_DAYS = 45
NO_ROW = "attribute_not_exists(#orderId)"

Decide = Callable[[Payment], Payment]


@dataclass(frozen=True, slots=True)
class Row:
    """A payment as it was read or written last, and its item at that moment."""

    payment: Payment
    item: Mapping[str, Any] = field(repr=False)


class Payments(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        """Create the order's row. None when it exists already."""

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        """Write the result of `decide` on the newest payment. None without a row; no write when nothing changes.

        `last` is the row as the caller knows it. It saves a read and may be stale.
        """

    def keep_early(self, order_id: str, progress: OrderProgress) -> bool:
        """Merge the progress of an order that has no row. False when it has one."""

    def early(self, order_id: str) -> OrderProgress | None: ...
    def forget_early(self, order_id: str) -> None: ...


class PaymentsTable:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        early_events: str,
        now: Callable[[], datetime],
        backoff: Backoff | None = None,
    ) -> None:
        self._table = Table(client, table)
        self._early = Table(client, early_events)
        self._now = now
        self._backoff = backoff or Backoff(max_attempts=MAX_ATTEMPTS)

    def open(self, payment: Payment, correlation_id: str) -> Row | None:
        item = next_item(payment, {}, correlation_id, self._now())
        try:
            self._table.put(item, NO_ROW)
        except ConditionFailed:
            return None
        return Row(payment, item)

    def change(self, order_id: str, decide: Decide, correlation_id: str, last: Row | None = None) -> Row | None:
        # The first read is not consistent, at half the price. The condition of a write fails if the read was
        # stale; a decision to write nothing is made on a consistent read.
        item: Mapping[str, Any] | None
        item = last.item if last else self._table.get({"orderId": order_id}, consistent=False)
        is_newest = False
        for _ in self._backoff.attempts():
            payment, wanted = _decide(item, decide)
            if wanted == payment and not is_newest:
                item, is_newest = self._table.get({"orderId": order_id}), True
                payment, wanted = _decide(item, decide)
            if item is None or wanted is None:
                return None
            if wanted == payment:
                return Row(wanted, item)
            written = next_item(wanted, item, correlation_id, self._now())
            condition, values = unchanged(item)
            try:
                self._table.put(written, condition, **values)
            except ConditionFailed as failure:
                item, is_newest = failure.item, True
            else:
                return Row(wanted, written)
        raise TooManyConflicts("too many concurrent changes of the same payment row")

    def keep_early(self, order_id: str, progress: OrderProgress) -> bool:
        forget_at = int((self._now() + timedelta(days=EARLY_DAYS)).timestamp())
        for _ in self._backoff.attempts():
            found = self._early.get({"orderId": order_id})
            known = progress_from_item(found) if found else OrderProgress()
            etag = int(found["etag"]) + 1 if found else 1
            item = {
                **item_from_progress(known.merged(progress)),
                "orderId": order_id,
                "etag": etag,
                "forgetAt": forget_at,
            }
            condition, values = unchanged(found)
            no_row = self._table.check_entry({"orderId": order_id}, NO_ROW)
            try:
                transact(self._table.client, [no_row, self._early.put_entry(item, condition, **values)])
            except TransactionFailed as failure:
                if 0 in failure.items:  # the first entry: the payment has a row by now
                    return False
                # The early events changed since they were read: merge again.
            except TableBusy:
                continue  # a conflict with the write of the row, or of another early event
            else:
                return True
        raise TooManyConflicts("too many concurrent events of the same order")

    def early(self, order_id: str) -> OrderProgress | None:
        found = self._early.get({"orderId": order_id})
        return progress_from_item(found) if found else None

    def forget_early(self, order_id: str) -> None:
        self._early.delete({"orderId": order_id})


def _decide(item: Mapping[str, Any] | None, decide: Decide) -> tuple[Payment | None, Payment | None]:
    """The payment in the item, and the payment to write."""
    payment = payment_from_item(item) if item is not None else None
    return payment, decide(payment) if payment else None


def unchanged(item: Mapping[str, Any] | None) -> tuple[str, Item]:
    """The condition, with its values, that the item is as it was read. A row written manually has no etag."""
    if item is None:
        return NO_ROW, {}
    if "etag" not in item:
        return "attribute_exists(#orderId) AND attribute_not_exists(#etag)", {}
    return "#etag = :etag", {"etag": item["etag"]}
