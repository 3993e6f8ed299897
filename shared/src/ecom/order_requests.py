"""A table of requests for orders, each under the order's id: what a service asks createOrder for.

Guarantees: a request is stored before its order is asked for, with a hash of its content, so that a repeat asks for the
same order. It goes only after a refusal, and only while no other attempt may be asking for the order: each attempt adds
itself, with a time after which it counts as dead. A refused request that had to stay is replaced when all its attempts
are dead and there is no order: none of them can make it any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ecom.backoff import Backoff
from ecom.create_order_client import mismatch
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy
from ecom.errors import TryAgain
from ecom.observability import logger
from ecom.order_client import OrderReader
from ecom.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# An attempt may be asking for its order this long, although its answer was lost: longer than createOrder's function and
# the one that invokes it may take together.
ATTEMPT = timedelta(seconds=60)
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """`attempts` are those that ask for the order: `{until} {id}`. `more` are the service's own attributes.
    `settled`: what the order changes at the service has happened, so the request stays. `refused`: the last attempt
    that got an answer was refused, while another one might have made the order."""

    order_id: str
    content_hash: str
    attempts: frozenset[str] = field(default_factory=frozenset)
    more: Mapping[str, Any] = field(default_factory=dict)
    settled: bool = False
    refused: bool = False

    def is_over(self, attempt: str) -> bool:
        """Whether it was refused, and no attempt was alive any more when this one began."""
        is_dead = bool(self.attempts) and all(each <= _began(attempt) for each in self.attempts)
        return self.refused and is_dead and not self.settled


def attempt_of(request_id: str, now: datetime) -> str:
    return f"{timestamp(now + ATTEMPT)} {request_id}"


def _began(attempt: str) -> str:
    """When the attempt began, as a timestamp: attempts until then are dead."""
    return timestamp(datetime.fromisoformat(attempt.partition(" ")[0]) - ATTEMPT)


class OrderRequests:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self.table = Table(client, table)

    def request_of(self, order_id: str) -> OrderRequest | None:
        item = self.table.get({"orderId": order_id})
        return request_from_item(item) if item else None

    def claim(
        self,
        order_id: str,
        content_hash: str,
        attempt: str,
        more: Callable[[], Mapping[str, Any]],
        orders: OrderReader,
        backoff: Backoff,
    ) -> tuple[OrderRequest, bool]:
        """The request that this attempt asks the order for, and whether this attempt stored it.

        `more` gives the service's attributes of a new request. Raises OrderRefused when the order was asked for with
        other content, and what `more` and `orders` raise.
        """
        for _ in backoff.attempts():
            try:
                stored = self.request_of(order_id)
                # An attempt may have made the order after another one was refused: then the request is the order's.
                over = stored if stored and stored.is_over(attempt) and orders.find(order_id) is None else None
                if stored is None or over is not None:
                    new = OrderRequest(order_id, content_hash, frozenset((attempt,)), more())
                    if self.open(new, over):
                        return new, True
                elif stored.content_hash != content_hash:
                    raise mismatch()
                elif stored.settled:  # it stays: a repeat need not protect it
                    return stored, False
                elif joined := self.join(stored, attempt):
                    return joined, False
            except TableBusy:
                continue
        raise TryAgain("the same order is being asked for by other requests")

    def open(self, request: OrderRequest, over: OrderRequest | None = None) -> bool:
        """Store a new request, in the place of one that is over. False when its order has another one."""
        item = item_from_request(request)
        try:
            if over is None:
                self.table.put(item, "attribute_not_exists(#orderId)")
            else:
                is_over = "attribute_exists(#refusedDate) AND attribute_not_exists(#settledDate)"
                self.table.put(item, f"#attempts = :attempts AND {is_over}", attempts=set(over.attempts))
        except ConditionFailed as failure:
            # The SDK repeats a request whose answer was lost. This attempt is in the stored request only when it stored
            # it; others may have joined since.
            return failure.item is not None and request.attempts <= request_from_item(failure.item).attempts
        return True

    def join(self, stored: OrderRequest, attempt: str) -> OrderRequest | None:
        """The request, with another attempt that asks for its order, in the place of those that are dead by now: it
        stays small, however often it is repeated. None when it is gone or has another hash, or lost dead ones."""
        living = {each for each in stored.attempts if each > _began(attempt)}
        update, condition = "ADD #attempts :attempts REMOVE #refusedDate", "#contentHash = :hash"
        values: dict[str, Any] = {"attempts": {attempt}, "hash": stored.content_hash}
        if living != stored.attempts:
            update = "SET #attempts = :attempts REMOVE #refusedDate"
            condition = f"{condition} AND #attempts = :before"
            values |= {"attempts": {*living, attempt}, "before": set(stored.attempts)}
        try:
            item = self.table.update({"orderId": stored.order_id}, update, condition, returns="ALL_NEW", **values)
        except ConditionFailed:
            return None
        return request_from_item(item)

    def leave(self, order_id: str, attempt: str, now: datetime) -> None:
        """The order was refused to this attempt. Without another one, the request is deleted, else marked as refused.
        When the table does not answer it stays: the same request finds it, and is refused or accepted as it was
        stored."""
        try:
            self._try_to_leave(order_id, attempt, now)
        except TryAgain as error:
            logger().warning(
                "the request of a refused order stays", extra={"error_type": error.type, "reason": error.message}
            )

    def _try_to_leave(self, order_id: str, attempt: str, now: datetime) -> None:
        for _ in range(MAX_ATTEMPTS):
            stored = self.request_of(order_id)
            if stored is None or attempt not in stored.attempts:
                return
            try:
                self._leave(stored, attempt, now)
            except ConditionFailed:
                continue  # another attempt joined or left
            return

    def _leave(self, stored: OrderRequest, attempt: str, now: datetime) -> None:
        key = {"orderId": stored.order_id}
        if stored.settled or any(each > timestamp(now) for each in stored.attempts - {attempt}):
            update, before = "DELETE #attempts :attempt SET #refusedDate = :now", set(stored.attempts)
            self.table.update(key, update, "#attempts = :before", attempt={attempt}, before=before, now=timestamp(now))
        else:
            unchanged = "#attempts = :attempts AND attribute_not_exists(#settledDate)"
            self.table.delete(key, unchanged, attempts=set(stored.attempts))


def item_from_request(request: OrderRequest) -> Item:
    """The item of a new request."""
    own = {"orderId": request.order_id, "contentHash": request.content_hash, "attempts": set(request.attempts)}
    return {**request.more, **own}


OWN = ("orderId", "contentHash", "attempts", "settledDate", "refusedDate")


def request_from_item(item: Mapping[str, Any]) -> OrderRequest:
    more = {name: value for name, value in item.items() if name not in OWN}
    attempts = frozenset(map(str, item.get("attempts", ())))
    settled, refused = "settledDate" in item, "refusedDate" in item
    return OrderRequest(str(item["orderId"]), str(item["contentHash"]), attempts, more, settled, refused)
