"""The table of refunds, and what the payment table has about them.

Guarantees: a refund is stored with its amount taken from what is left of the payment, in one transaction; and it ends,
once, with the payment's sums changed, in another. So the sums are those of the refunds, and at most what was captured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecom.backoff import Backoff
from ecom.dynamo import Item, Table, TableBusy, TransactionFailed, transact
from payment_service.domain import Payment
from payment_service.errors import NoSuchPayment, TooManyConflicts
from payment_service.refunds import Balance, Refund, RefundStatus, Request
from payment_service.repository import MAX_ATTEMPTS, unchanged
from payment_service.rows import payment_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class StoredRefund:
    """A refund, the token of its payment, and what was paid back of the order in all."""

    refund: Refund
    token: str
    refunded: int


Decide = Callable[[Payment | None, Balance], Refund]


class Refunds:
    def __init__(self, client: "DynamoDBClient", payments: str, refunds: str, backoff: Backoff | None = None) -> None:
        self._payments = Table(client, payments)
        self._refunds = Table(client, refunds)
        self._backoff = backoff or Backoff(max_attempts=MAX_ATTEMPTS)

    def find(self, refund_id: str) -> StoredRefund | None:
        item = self._refunds.get({"refundId": refund_id})
        return self._with_payment(item) if item else None

    def store(self, request: Request, decide: Decide, at: str, correlation_id: str) -> StoredRefund:
        """Store what `decide` makes of the payment as it is. A refund that is stored already is returned instead."""
        key = {"orderId": request.order_id}
        for _ in self._backoff.attempts():
            row = self._payments.get(key)
            payment = payment_from_item(row) if row else None
            refund = decide(payment, balance_of(row) if row else Balance(0))
            if row is None or payment is None:
                raise TooManyConflicts("the payment row was deleted")
            condition, values = unchanged(row)
            taken = self._payments.update_entry(
                key,
                "SET #refunding = if_not_exists(#refunding, :zero) + :amount, "
                "#etag = if_not_exists(#etag, :zero) + :one",
                condition,
                zero=0,
                one=1,
                amount=refund.amount if refund.status is RefundStatus.PENDING else 0,
                **values,
            )
            item = _item(refund, at, correlation_id)
            put = self._refunds.put_entry(item, "attribute_not_exists(#refundId)")
            try:
                transact(self._payments.client, [put, taken])
            except TransactionFailed as failure:
                if 0 in failure.items and (stored := self.find(request.refund_id)):
                    return stored
            except TableBusy:
                continue  # a conflict with another refund of the order
            else:
                return StoredRefund(refund, payment.token, balance_of(row).refunded)
        raise TooManyConflicts("too many refunds of the same order at once")

    def end(self, stored: StoredRefund, status: RefundStatus, at: str, correlation_id: str) -> StoredRefund:
        """End a pending refund. One that has ended keeps its status."""
        request, amount = stored.refund.request, stored.refund.amount
        is_done = status is RefundStatus.DONE
        update = "SET #refunding = #refunding - :amount, #etag = #etag + :one"
        values: dict[str, Any] = {"amount": amount, "one": 1}
        if is_done:
            update += (
                ", #refunded = if_not_exists(#refunded, :zero) + :amount, #refund = :refund"
                ", #version = if_not_exists(#version, :zero) + :one, #correlationId = :correlation, #refundedDate = :at"
            )
            refund = {"refundId": request.refund_id, "amount": amount}
            values |= {"zero": 0, "refund": refund, "correlation": correlation_id, "at": at}
        for _ in self._backoff.attempts():
            ended = self._refunds.update_entry(
                {"refundId": request.refund_id},
                "SET #status = :status",
                "#status = :pending",
                status=status.value,
                pending=RefundStatus.PENDING.value,
            )
            given = self._payments.update_entry(
                {"orderId": request.order_id}, update, "#refunding >= :amount", **values
            )
            try:
                transact(self._payments.client, [ended, given])
            except TransactionFailed as failure:
                if 0 not in failure.items:
                    raise TooManyConflicts("the payment row was changed manually") from None
            except TableBusy:
                continue
            found = self.find(request.refund_id)
            if found is not None:
                return found
            raise TooManyConflicts("the refund was deleted")
        raise TooManyConflicts("too many refunds of the same order at once")

    def _with_payment(self, item: Item) -> StoredRefund:
        row = self._payments.get({"orderId": item["orderId"]})
        if row is None:
            raise NoSuchPayment
        return StoredRefund(refund_from_item(item), payment_from_item(row).token, balance_of(row).refunded)


def balance_of(row: Mapping[str, Any]) -> Balance:
    return Balance(*(int(row.get(name) or 0) for name in ("amount", "refunded", "refunding")))


def refund_from_item(item: Mapping[str, Any]) -> Refund:
    request = Request(
        str(item["refundId"]),
        str(item["orderId"]),
        int(item["asked"]),
        at_most=item.get("atMost") is True,
        reason=str(item.get("reason", "")),
    )
    return Refund(request, int(item["amount"]), RefundStatus(item["status"]))


def _item(refund: Refund, at: str, correlation_id: str) -> Item:
    request = refund.request
    item: Item = {
        "refundId": request.refund_id,
        "orderId": request.order_id,
        "asked": request.amount,
        "amount": refund.amount,
        "status": refund.status.value,
        "createdDate": at,
        "correlationId": correlation_id,
    }
    optional = {"atMost": request.at_most, "reason": request.reason}
    return {**item, **{name: value for name, value in optional.items() if value}}
