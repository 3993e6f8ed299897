"""The table of carts.

Guarantees: a cart changes in one write, on the condition that it is at the version on which the change was decided. So
two changes at once lose nothing. A merge changes the shopper's cart and deletes the anonymous one in one transaction.

The SDK repeats a request whose answer was lost. The repeat finds its condition false, and the cart may have changed
since. So each cart has the ids of its last writes: a write that has happened is not made again, which could put back
what was ordered meanwhile. When the cart is gone, a merge may have taken what was written: the outcome is unknown.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from cart_service.domain import Cart
from cart_service.errors import CartGone
from cart_service.rows import cart_from_item, item_from_cart
from ecom.dynamo import ConditionFailed, Table, TransactionFailed, Write, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NEW = "attribute_not_exists(#cartKey)"
# A request is repeated for some seconds (`ecom.aws`), in which a cart has fewer other writes.
WRITES_KEPT = 8


class Carts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def find(self, key: str) -> Cart | None:
        item = self._table.get({"cartKey": key})
        return cart_from_item(item) if item else None

    def write(self, before: Cart, after: Cart, now: datetime) -> Cart | None:
        """The written cart. None when the stored one is not at the version of `before` any more. Raises CartGone."""
        own = secrets.token_hex(6)
        written = replace(_written(before, after, now), writes=(own, *before.writes)[:WRITES_KEPT])
        condition, values = _at_version(before)
        try:
            self._table.put(item_from_cart(written, now), condition, **values)
        except ConditionFailed as failure:
            if failure.item is None:
                if failure.is_repeat:
                    raise CartGone from failure
                return None
            return written if own in cart_from_item(failure.item).writes else None
        return written

    def write_and_delete(self, before: Cart, after: Cart, deleted: Cart, now: datetime) -> Cart | None:
        """The written cart, with the other one deleted. None when either is at another version."""
        written = _written(before, after, now)
        gone, version = _at_version(deleted)
        put = self.write_entry(before, after, now)
        try:
            transact(self._table.client, [put, self._table.delete_entry({"cartKey": deleted.key}, gone, **version)])
        except TransactionFailed:
            return None
        return written

    def write_entry(self, before: Cart, after: Cart, now: datetime) -> Write:
        """The part of a transaction that writes the cart, on the condition that it is at the version of `before`."""
        condition, values = _at_version(before)
        return self._table.put_entry(item_from_cart(_written(before, after, now), now), condition, **values)


def _written(before: Cart, after: Cart, now: datetime) -> Cart:
    return replace(after, version=before.version + 1, changed_at=now)


def _at_version(cart: Cart) -> tuple[str, dict[str, int]]:
    return ("#version = :version", {"version": cart.version}) if cart.version else (NEW, {})
