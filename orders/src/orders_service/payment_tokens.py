"""The table of payment tokens: each pays for one order.

An item has the hash of a token and the order that uses it. While createOrder is at work the item is a claim: it also
has the attempt that made it, and a time after which another order may have the token. A claim comes before any stock
is reserved, so a shopper cannot reserve stock again and again with one token.
"""

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from ecom.dynamo import ConditionFailed, Item, Table, Write
from ecom.times import timestamp
from orders_service.errors import PaymentTokenUsed, TooManyUnfinished

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Items that no longer matter are deleted a day later.
KEEP = timedelta(days=1)


class PaymentTokens(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def claim(self, token: str, order_id: str, attempt: str, now: datetime) -> None:
        """Claim the token for the order, before stock is reserved. Raises PaymentTokenUsed."""

    def release(self, token: str, order_id: str, attempt: str) -> None:
        """Give up the claim of this attempt. Changes nothing if the order uses the token, or another attempt claims
        it."""

    def check_unfinished(self, user_id: str, order_id: str, now: datetime) -> bool:
        """Whether this order is one of the user's unfinished ones. Raises TooManyUnfinished when it is not, and the
        user may reserve no more stock."""

    def note_unfinished(self, user_id: str, order_id: str, now: datetime) -> None:
        """The warehouse or the table did not answer: stock may be reserved for this order."""

    def note_finished(self, user_id: str, order_id: str) -> None:
        """It is known now that the order exists."""


class PaymentTokensTable:
    """`lifetime` is how long a reservation keeps its stock, `most` how many unfinished orders a user may have."""

    def __init__(self, client: "DynamoDBClient", table: str, lifetime: timedelta, most: int) -> None:
        self._table = Table(client, table)
        self._lifetime = lifetime
        self._most = most

    def claim(self, token: str, order_id: str, attempt: str, now: datetime) -> None:
        until = now + self._lifetime
        claim = {
            **key_of(token),
            "orderId": order_id,
            "attempt": attempt,
            "claimedUntil": timestamp(until),
            "forgetAt": _forget_at(until),
        }
        try:
            self._table.put(
                claim,
                "attribute_not_exists(#tokenHash) OR #claimedUntil < :now "
                "OR (#orderId = :order AND attribute_exists(#claimedUntil))",
                now=timestamp(now),
                order=order_id,
            )
        except ConditionFailed as failure:
            # The order may use its token again after an operator deleted it.
            if failure.item is None or failure.item["orderId"] != order_id:
                raise PaymentTokenUsed("another order uses this payment token") from None

    def release(self, token: str, order_id: str, attempt: str) -> None:
        try:
            mine = "#orderId = :order AND #attempt = :attempt"
            self._table.delete(key_of(token), mine, order=order_id, attempt=attempt)
        except ConditionFailed:
            return

    def check_unfinished(self, user_id: str, order_id: str, now: datetime) -> bool:
        entries = self._entries(user_id, consistent=False)
        unfinished = {_order_of(entry) for entry in entries if entry > timestamp(now)}
        if order_id in unfinished:
            return True
        if len(unfinished) >= self._most:
            raise TooManyUnfinished(len(unfinished))
        return False

    def note_unfinished(self, user_id: str, order_id: str, now: datetime) -> None:
        until = now + self._lifetime
        self._table.update(
            _user_key(user_id),
            "SET #forgetAt = :forgetAt ADD #unfinished :entry",
            forgetAt=_forget_at(until),
            entry={f"{timestamp(until)} {order_id}"},
        )

    def note_finished(self, user_id: str, order_id: str) -> None:
        mine = {entry for entry in self._entries(user_id, consistent=True) if _order_of(entry) == order_id}
        if mine:
            self._table.update(_user_key(user_id), "DELETE #unfinished :mine", mine=mine)

    def _entries(self, user_id: str, *, consistent: bool) -> list[str]:
        """Each is the end of a reservation and its order."""
        item = self._table.get(_user_key(user_id), consistent=consistent) or {}
        return list(item.get("unfinished", ()))


def _order_of(entry: str) -> str:
    return entry.partition(" ")[2]


def use(table: Table, token: str | None, order_id: str) -> Write:
    """The part of the order's transaction that makes the claim final. It fails when another order has the token."""
    return table.put_entry(
        {**key_of(str(token)), "orderId": order_id},
        "attribute_not_exists(#tokenHash) OR #orderId = :order",
        order=order_id,
    )


def key_of(token: str) -> Item:
    """The token itself is stored in the order only."""
    return {"tokenHash": hashlib.sha256(token.encode()).hexdigest()}


def _user_key(user_id: str) -> Item:
    return {"tokenHash": f"user#{hashlib.sha256(user_id.encode()).hexdigest()}"}


def _forget_at(moment: datetime) -> int:
    return int((moment + KEEP).timestamp())
