"""The table of checkouts: what each ordered, under the order's id.

Guarantees: a checkout is stored before its order is asked for, with the hash of the request and the units of the cart
at that moment, so that a repeat asks for the same order. It goes only after a refusal, and only while no other request
may be asking for the order. The cart's units go in the transaction that marks the checkout as taken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cart_service.domain import Cart
from cart_service.repository import Carts
from ecom.dynamo import ConditionFailed, Item, Table, TransactionFailed, transact
from ecom.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A request may be asking for its order this long, although its answer was lost.
ATTEMPT = timedelta(seconds=60)
# A checkout without an order is deleted after this time. One with an order stays: its request may be sent again.
KEEP = timedelta(days=90)
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Checkout:
    """`attempts` are the requests that ask for the order: `{until} {request id}`."""

    order_id: str
    user_id: str
    content_hash: str
    quantities: Mapping[str, int]
    attempts: frozenset[str] = field(default_factory=frozenset)
    is_taken: bool = False


def attempt_of(request_id: str, now: datetime) -> str:
    return f"{timestamp(now + ATTEMPT)} {request_id}"


class Checkouts:
    def __init__(self, client: "DynamoDBClient", table: str, carts: Carts) -> None:
        self._table = Table(client, table)
        self._carts = carts

    def find(self, order_id: str) -> Checkout | None:
        item = self._table.get({"orderId": order_id})
        return checkout_from_item(item) if item else None

    def open(self, checkout: Checkout, now: datetime) -> bool:
        """Store a new checkout. False when its order has one already."""
        item = item_from_checkout(checkout, now)
        try:
            self._table.put(item, "attribute_not_exists(#orderId)")
        except ConditionFailed as failure:
            # The SDK repeats a request whose answer was lost: then the stored item is the one to be written.
            return failure.item == item
        return True

    def join(self, order_id: str, content_hash: str, attempt: str) -> Checkout | None:
        """The checkout, with another request that asks for its order. None when it is gone or has another hash."""
        try:
            item = self._table.update(
                {"orderId": order_id},
                "ADD #attempts :attempt",
                "#contentHash = :hash",
                returns="ALL_NEW",
                attempt={attempt},
                hash=content_hash,
            )
        except ConditionFailed:
            return None
        return checkout_from_item(item)

    def leave(self, order_id: str, attempt: str, now: datetime) -> None:
        """The order was refused to this request. Without another request the checkout is deleted."""
        for _ in range(MAX_ATTEMPTS):
            stored = self.find(order_id)
            if stored is None or attempt not in stored.attempts:
                return
            try:
                self._leave(stored, attempt, now)
            except ConditionFailed:
                continue  # another request joined or left
            return

    def _leave(self, stored: Checkout, attempt: str, now: datetime) -> None:
        key = {"orderId": stored.order_id}
        if stored.is_taken or any(each > timestamp(now) for each in stored.attempts - {attempt}):
            self._table.update(key, "DELETE #attempts :attempt", "attribute_exists(#orderId)", attempt={attempt})
        else:
            unchanged = "#attempts = :attempts AND attribute_not_exists(#takenDate)"
            self._table.delete(key, unchanged, attempts=set(stored.attempts))

    def take(self, checkout: Checkout, before: Cart, after: Cart, now: datetime) -> bool:
        """Mark the checkout as taken, and write the cart without its units. False when either changed meanwhile."""
        mark = self._table.update_entry(
            {"orderId": checkout.order_id},
            "SET #takenDate = :now REMOVE #forgetAt",
            "attribute_exists(#orderId) AND attribute_not_exists(#takenDate)",
            now=timestamp(now),
        )
        writes = [mark] if after is before else [mark, self._carts.write_entry(before, after, now)]
        try:
            transact(self._table.client, writes)
        except TransactionFailed:
            return False
        return True


def item_from_checkout(checkout: Checkout, now: datetime) -> Item:
    """The item of a new checkout."""
    return {
        "orderId": checkout.order_id,
        "userId": checkout.user_id,
        "contentHash": checkout.content_hash,
        "lines": [{"productId": key, "quantity": quantity} for key, quantity in checkout.quantities.items()],
        "createdDate": timestamp(now),
        "attempts": set(checkout.attempts),
        "forgetAt": int((now + KEEP).timestamp()),
    }


def checkout_from_item(item: Mapping[str, Any]) -> Checkout:
    return Checkout(
        str(item["orderId"]),
        str(item["userId"]),
        str(item["contentHash"]),
        quantities_of(item["lines"]),
        frozenset(map(str, item.get("attempts", ()))),
        "takenDate" in item,
    )


def quantities_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Units by product. A line without a quantity is one unit."""
    units: dict[str, int] = {}
    for line in lines:
        product_id = str(line["productId"])
        units[product_id] = units.get(product_id, 0) + int(line.get("quantity", 1))
    return units
