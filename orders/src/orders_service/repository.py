"""The orders table, and the table of payment tokens that orders use."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, can_be_key, transact
from ecom.errors import PlatformError, TryAgain
from ecom.pages import Page, query_page
from ecom.stored_orders import full, short
from ecom.times import timestamp
from orders_service import payment_tokens
from orders_service.domain import Order, belongs_to
from orders_service.errors import PaymentTokenUsed, UnreadableOrder
from orders_service.rows import item_from_order, order_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE_SIZE = 20
BACKOFF = Backoff(max_attempts=8)

Decide = Callable[[Order], Order]


class Orders(Protocol):
    """The table and the fake for tests pass the same contract suite. Methods that return orders raise UnreadableOrder
    for an item that is not a valid order; lists leave it out."""

    def item(self, order_id: str) -> Item | None:
        """The order's attributes, readable or not."""

    def get(self, order_id: str) -> Order | None: ...

    def create(self, order: Order) -> Order:
        """Store the order, or return the one that exists under its id.

        The order and its payment token are written in one transaction. Raises PaymentTokenUsed.
        """

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        """The order as `decide` returns it; None when there is none.

        `decide` gets the newest state; its result is written with one condition on that state. Nothing is written when
        it returns the same object. Its errors escape.
        """

    def existing(self, order_ids: Sequence[str]) -> set[str]:
        """Those of the ids that an order has, readable or not."""

    def note_follower(self, order_id: str, until: datetime) -> None:
        """A client may be subscribed to the order until then. Ignores an order that does not exist."""

    def page(self, user_id: str, token: str | None) -> Page[Order]:
        """A page of the user's orders, newest first. Raises InvalidToken."""


class OrdersTable:
    def __init__(self, client: "DynamoDBClient", table: str, tokens: str, backoff: Backoff = BACKOFF) -> None:
        self._client = client
        self._orders = Table(client, table)
        self._payment_tokens = Table(client, tokens)
        self._backoff = backoff

    def item(self, order_id: str) -> Item | None:
        return self._read(order_id) if can_be_key(order_id) else None

    def get(self, order_id: str) -> Order | None:
        item = self.item(order_id)
        return None if item is None else order_from_item(item)

    def create(self, order: Order) -> Order:
        writes = (
            self._orders.put_entry(short(item_from_order(order)), "attribute_not_exists(#orderId)"),
            payment_tokens.use(self._payment_tokens, order.payment_token, order.order_id),
        )
        for _ in self._backoff.attempts():
            try:
                transact(self._client, writes)
            except TransactionFailed as failure:
                existing = failure.items.get(0)
                if existing:
                    return order_from_item(full(existing))
                raise PaymentTokenUsed("another order uses this payment token") from None
            except TableBusy:
                continue  # throttled, or another transaction on the same items is in progress
            return order
        raise TryAgain("the table is too busy to create the order")

    def existing(self, order_ids: Sequence[str]) -> set[str]:
        keys = ({"orderId": order_id} for order_id in order_ids if can_be_key(order_id))
        items = self._orders.get_many(keys, consistent=True, attributes="orderId", backoff=self._backoff)
        return {item["orderId"] for item in items}

    def note_follower(self, order_id: str, until: datetime) -> None:
        if not can_be_key(order_id):
            return
        with suppress(ConditionFailed):
            self._orders.update(
                {"orderId": order_id},
                "SET #followedUntil = :until",
                "attribute_exists(#orderId)",
                until=timestamp(until),
            )

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        if not can_be_key(order_id):
            return None
        # The first read may be stale and costs half: the condition of the write detects that. A decision to write
        # nothing is made again on a consistent read.
        item = self._read(order_id, consistent=False)
        decided = _decide_early(decide, item)
        if decided is None:
            item = self._read(order_id)
        for _ in self._backoff.attempts():
            if item is None:
                return None
            if decided is None:
                order = order_from_item(item)
                decided = decide(order)
                if decided is order:
                    return order
            try:
                return self._replace(item, decided, correlation_id)
            except ConditionFailed as failure:
                item, decided = full(failure.item) if failure.item else None, None
        raise TryAgain("too many concurrent changes of one order")

    def _read(self, order_id: str, *, consistent: bool = True) -> Item | None:
        item = self._orders.get({"orderId": order_id}, consistent=consistent)
        return full(item) if item else None

    def _replace(self, item: Item, order: Order, correlation_id: str) -> Order:
        """Write the attributes that differ, if the stored order is still the item. Raises ConditionFailed."""
        version = item.get("version")
        written = {
            **item_from_order(order),
            "version": version + 1 if isinstance(version, int) else 1,
            "correlationId": correlation_id,
        }
        changed = [name for name, value in written.items() if name not in item or item[name] != value]
        stored = short(written)
        # The version alone is not enough: an order that was written manually has none, or keeps it.
        compared = [name for name in ("version", "status") if name in item]
        missing = [name for name in ("version", "status") if name not in item]
        self._orders.update(
            {"orderId": item["orderId"]},
            f"SET {', '.join(f'#{name} = :{name}' for name in changed)}",
            " AND ".join(
                [
                    "attribute_exists(#orderId)",
                    *(f"#{name} = :old_{name}" for name in compared),
                    *(f"attribute_not_exists(#{name})" for name in missing),
                ]
            ),
            **{name: stored[name] for name in changed},
            **{f"old_{name}": item[name] for name in compared},
        )
        return order_from_item(written)

    def page(self, user_id: str, token: str | None) -> Page[Order]:
        """Keys from the index, orders from the table: the index is not written when an order changes."""
        keys = query_page(
            self._orders,
            f"orders:{user_id}",
            token,
            {"orderId": None, "userId": user_id, "createdDate": None},
            PAGE_SIZE,
            sort_key="createdDate",
            IndexName="user",
            KeyConditionExpression="userId = :user",
            values={"user": user_id},
            ScanIndexForward=False,
        )
        ids = [key["orderId"] for key in keys.items]
        items = self._orders.get_many(({"orderId": order_id} for order_id in ids), backoff=self._backoff)
        by_id = {item["orderId"]: full(item) for item in items}
        orders = _readable([by_id[order_id] for order_id in ids if order_id in by_id])
        # The index may be behind the table: the table decides who owns an order.
        return Page([order for order in orders if belongs_to(order.user_id, user_id)], keys.next_token)


def _readable(items: list[Item]) -> list[Order]:
    """The orders in the items, without items that are not valid orders."""
    orders: list[Order] = []
    for item in items:
        try:
            orders.append(order_from_item(item))
        except UnreadableOrder:
            continue
    return orders


def _decide_early(decide: Decide, item: Item | None) -> Order | None:
    """The decision on an item that may be stale; None if the decision is to write nothing."""
    if item is None:
        return None
    try:
        order = order_from_item(item)
        decided = decide(order)
    except PlatformError:
        return None
    return None if decided is order else decided
