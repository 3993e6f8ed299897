"""The warehouse table. Only this file and `writes.py` know DynamoDB's words."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ecom import pages
from ecom.dynamo import plain, typed
from ecom.errors import CallerFault, TryAgain
from ecom.times import timestamp
from warehouse_service.domain import Request, Shelves, Status, moves, shortages
from warehouse_service.errors import BelowReserved, NotEnough
from warehouse_service.patience import Patience
from warehouse_service.rows import ORDER, Image, image_of, order_key, stock_key, stock_of
from warehouse_service.stock import Stock
from warehouse_service.transactions import UNCHANGED, Busy, Outdated, Writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 50
BATCH = 100
MAX_ROUNDS = 5
REMEMBERED = 5_000
_SCOPE = "packaging"

# From the request as it is and the shelves as they are: the request as it should be; the same object changes nothing.
Decide = Callable[[Request | None, Shelves], Request | None]


@dataclass(frozen=True, slots=True)
class Page:
    order_ids: list[str]
    next_token: str | None


class Warehouse(Protocol):
    """What the handlers need; the table and the fake for tests pass the same contract suite."""

    def request(self, order_id: str) -> Request | None: ...
    def stock(self, product_id: str) -> Stock | None: ...
    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock: ...
    def new_ids(self, token: str | None) -> Page: ...
    def due_ids(self, now: datetime, at_most: int) -> list[str]: ...
    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        probably_unknown: bool = False,
    ) -> Request | None: ...


class WarehouseTable:
    def __init__(self, client: "DynamoDBClient", table: str, low_at: int, patience: Patience | None = None) -> None:
        self._client = client
        self._table = table
        self._writes = Writes(client, table, low_at)
        self._patience = patience or Patience()
        # Free units of counted products as last seen: saves reading before a write, which is conditional anyway.
        self._seen: dict[str, int] = {}

    def request(self, order_id: str) -> Request | None:
        return self._image(order_id, consistent=True).request

    def stock(self, product_id: str) -> Stock | None:
        answer = self._client.get_item(
            TableName=self._table, Key=typed({"id": stock_key(product_id)}), ConsistentRead=True
        )
        return stock_of(plain(answer["Item"])) if "Item" in answer else None

    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """What staff counted. Raises BelowReserved when more than that is kept for orders."""
        for _ in self._patience.tries():
            try:
                stock = self._writes.count(product_id, on_hand, correlation_id)
            except Busy:
                continue
            except Outdated as refused:
                kept = refused.stock[product_id]
                raise BelowReserved(on_hand, kept.reserved if kept else 0) from None
            self._remember(product_id, stock.available)
            return stock
        raise AssertionError("tries() ends by raising")

    def new_ids(self, token: str | None) -> Page:
        """Requests that nobody has started, the oldest first."""
        start = pages.decode_token(_SCOPE, token, {"id": None, "queue": Status.NEW, "since": None})
        more: dict[str, Any] = {"ExclusiveStartKey": typed(start)} if start else {}
        answer = self._client.query(
            TableName=self._table,
            IndexName="queue",
            KeyConditionExpression="queue = :queue",
            ExpressionAttributeValues={":queue": {"S": Status.NEW}},
            Limit=PAGE,
            **more,
        )
        last = answer.get("LastEvaluatedKey")
        ids = [str(plain(item)["id"]).removeprefix(ORDER) for item in answer["Items"]]
        return Page(ids, pages.encode_token(_SCOPE, plain(last) if last else None))

    def due_ids(self, now: datetime, at_most: int) -> list[str]:
        """Orders whose reservations seem to be over, the longest due first. `lapse` decides on each."""
        found: list[str] = []
        more: dict[str, Any] = {}
        while len(found) < at_most:
            answer = self._client.query(
                TableName=self._table,
                IndexName="queue",
                KeyConditionExpression="queue = :queue AND since <= :now",
                ExpressionAttributeValues={":queue": {"S": Status.HELD}, ":now": {"S": timestamp(now)}},
                Limit=at_most - len(found),
                **more,
            )
            found += [str(plain(item)["id"]).removeprefix(ORDER) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return found

    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        probably_unknown: bool = False,
    ) -> Request | None:
        """Decide and write, request and stock in one transaction; decide anew when somebody else was faster.

        Answers the request as it stands then. Raises NotEnough when the shelves have too little, TryAgain when others
        were faster for too long, and what `decide` raises. A write may start from what we remember or from a cheap
        read, since its conditions find out; what decides without a write is looked at again, for sure, first.
        `products` are those whose stock the decision asks for. `probably_unknown` saves the first read.
        """
        sight = Sight(
            Image(None) if probably_unknown else self._image(order_id, consistent=False), self._shelves(products)
        )
        look_first = False
        for _ in self._patience.tries():
            if look_first:  # whoever was faster may be faster again: no hopeless try is made
                sight = self._look(order_id, sight.shelves)
            try:
                new = _decided(sight, decide)
            except CallerFault:
                if sight.sure:
                    raise
                new = None
            if new is None and not sight.sure:
                sight = self._look(order_id, sight.shelves)
                new = _decided(sight, decide)
            if new is None:
                return sight.image.request
            try:
                self._writes.step(sight.image, new, {**self._seen, **sight.shelves}, correlation_id)
            except Busy:
                look_first = True
            except Outdated as outdated:
                look_first = False
                sight = self._updated(sight, outdated)
            else:
                self._moved(sight, new)
                return new
        raise AssertionError("tries() ends by raising")

    def _look(self, order_id: str, shelves: Shelves) -> "Sight":
        """As it is now. Shelves first: units that this very order takes meanwhile must not be missing from both."""
        counted = self._count(shelves)
        return Sight(self._image(order_id, consistent=True), counted, sure=True)

    def _updated(self, sight: "Sight", outdated: Outdated) -> "Sight":
        for product_id, stock in outdated.stock.items():
            self._remember(product_id, stock.available if stock else None)
        shelves = {product_id: stock.available if stock else None for product_id, stock in outdated.stock.items()}
        image = sight.image if outdated.item is UNCHANGED else image_of(outdated.item)
        return Sight(image, {**sight.shelves, **shelves})

    def _moved(self, sight: "Sight", new: Request) -> None:
        for product_id, move in moves(sight.image.request, new).items():
            free = sight.shelves.get(product_id, self._seen.get(product_id))
            if free is not None:
                self._remember(product_id, free + move.available)

    def _image(self, order_id: str, consistent: bool) -> Image:
        answer = self._client.get_item(
            TableName=self._table, Key=typed({"id": order_key(order_id)}), ConsistentRead=consistent
        )
        return image_of(plain(answer["Item"]) if "Item" in answer else None)

    def _shelves(self, products: Iterable[str]) -> dict[str, int | None]:
        """As remembered; what is not remembered is read."""
        remembered = {product_id: self._seen[product_id] for product_id in products if product_id in self._seen}
        return {**remembered, **self._count(set(products) - set(remembered))}

    def _count(self, products: Iterable[str]) -> dict[str, int | None]:
        """Free units for sure; None for what nobody counts."""
        found: dict[str, int | None] = dict.fromkeys(products)
        wanted: list[Any] = [typed({"id": stock_key(product_id)}) for product_id in sorted(found)]
        rounds = 0
        while wanted:
            rounds += 1
            if rounds > MAX_ROUNDS:
                raise TryAgain("the table is too busy to read the stock")
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": wanted[:BATCH], "ConsistentRead": True}}
            )
            wanted = wanted[BATCH:]
            for item in answer["Responses"].get(self._table, []):
                stock = stock_of(plain(item))
                found[stock.product_id] = stock.available
                self._remember(stock.product_id, stock.available)
            if left := answer.get("UnprocessedKeys"):
                wanted += left[self._table]["Keys"]
        return found

    def _remember(self, product_id: str, free: int | None) -> None:
        self._seen.pop(product_id, None)
        if free is not None:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[product_id] = free


@dataclass(frozen=True, slots=True)
class Sight:
    """What a decision is made from. `sure`: read for this very decision, so that it may also decide to do nothing."""

    image: Image
    shelves: Shelves
    sure: bool = False


def _decided(sight: Sight, decide: Decide) -> Request | None:
    """The request to be written, None when there is nothing to do."""
    old = sight.image.request
    new = decide(old, sight.shelves)
    if new is None or new is old:
        return None
    if short := shortages(old, new, sight.shelves):
        raise NotEnough(short)
    return new
