"""The table of checkouts: what each ordered, under the order's id (`ecom.order_requests`).

A checkout has the units of the cart at the moment at which it was stored. They leave the cart in the transaction that
marks the checkout as taken.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cart_service.domain import Cart
from cart_service.repository import Carts
from ecom.backoff import Backoff
from ecom.dynamo import Item, TransactionFailed, transact
from ecom.order_client import OrderReader
from ecom.order_requests import OrderRequest, OrderRequests
from ecom.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A checkout without an order is deleted after this time. One with an order stays: its request may be sent again.
KEEP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Checkout:
    order_id: str
    user_id: str
    quantities: Mapping[str, int]
    created_at: datetime
    is_taken: bool = False


class Checkouts:
    def __init__(self, client: "DynamoDBClient", table: str, carts: Carts) -> None:
        self._requests = OrderRequests(client, table)
        self._carts = carts

    def find(self, order_id: str) -> Checkout | None:
        found = self._requests.request_of(order_id)
        return _checkout(found) if found else None

    def claim(
        self,
        order_id: str,
        content_hash: str,
        attempt: str,
        new: Callable[[], Checkout],
        orders: OrderReader,
        backoff: Backoff,
    ) -> tuple[Checkout, bool]:
        """The checkout that this attempt asks its order for, and whether it is the new one. Raises OrderRefused
        when the order was asked for with other content, and what `new` and `orders` raise."""
        found, is_new = self._requests.claim(
            order_id, content_hash, attempt, lambda: _attributes(new()), orders, backoff
        )
        return _checkout(found), is_new

    def leave(self, order_id: str, attempt: str, now: datetime) -> None:
        """The order was refused to this attempt. Without another one the checkout is deleted."""
        self._requests.leave(order_id, attempt, now)

    def take(self, checkout: Checkout, before: Cart, after: Cart, now: datetime) -> bool:
        """Mark the checkout as taken, and write the cart without its units. False when either changed meanwhile."""
        table = self._requests.table
        mark = table.update_entry(
            {"orderId": checkout.order_id},
            "SET #settledDate = :now REMOVE #forgetAt",
            "attribute_exists(#orderId) AND attribute_not_exists(#settledDate)",
            now=timestamp(now),
        )
        writes = [mark] if after is before else [mark, self._carts.write_entry(before, after, now)]
        try:
            transact(table.client, writes)
        except TransactionFailed:
            return False
        return True


def _attributes(checkout: Checkout) -> Item:
    return {
        "userId": checkout.user_id,
        "lines": [{"productId": key, "quantity": quantity} for key, quantity in checkout.quantities.items()],
        "createdDate": timestamp(checkout.created_at),
        "forgetAt": int((checkout.created_at + KEEP).timestamp()),
    }


def _checkout(stored: OrderRequest) -> Checkout:
    more = stored.more
    created = datetime.fromisoformat(more["createdDate"])
    return Checkout(stored.order_id, str(more["userId"]), quantities_of(more["lines"]), created, stored.settled)


def quantities_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Units by product. A line without a quantity is one unit."""
    units: dict[str, int] = {}
    for line in lines:
        product_id = str(line["productId"])
        units[product_id] = units.get(product_id, 0) + int(line.get("quantity", 1))
    return units
