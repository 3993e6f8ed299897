"""The tables of orders, payment, warehouse and delivery: read, never written. Only this file knows DynamoDB's words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ecom.dynamo import plain, typed
from ecom.errors import TryAgain
from reconciliation_service import rows
from reconciliation_service.snapshots import KEEPS_STOCK, Delivery, Order, OrderRecords, Payment, Request, Stock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

PAGE = 100  # BatchGetItem takes no more
MAX_ROUNDS = 5
ORDER, STOCK = "order#", "stock#"


@dataclass(frozen=True, slots=True)
class TableNames:
    orders: str
    payment: str
    warehouse: str
    delivery: str


class Repository:
    """A page at a time, whatever the tables hold, so that memory stays small."""

    def __init__(self, client: "DynamoDBClient", tables: TableNames) -> None:
        self._client = client
        self._tables = tables

    # --- all of a table, page by page ---

    def orders(self) -> Iterator[list[Order]]:
        return self._pages(self._tables.orders, rows.order_from_item)

    def payments(self) -> Iterator[list[Payment]]:
        return self._pages(self._tables.payment, rows.payment_from_item)

    def deliveries(self) -> Iterator[list[Delivery]]:
        return self._pages(self._tables.delivery, rows.delivery_from_item)

    def warehouse(self) -> Iterator[list[Request | Stock]]:
        for page in self._pages(self._tables.warehouse, _of_warehouse):
            yield [each for each in page if each is not None]

    def keeping_stock(self) -> Iterator[list[Request]]:
        """Requests that keep units on a shelf, as they stand now for consistent."""
        values = {f":{number}": status for number, status in enumerate(sorted(KEEPS_STOCK))}
        consistent = {
            "ConsistentRead": True,
            "FilterExpression": f"#status IN ({', '.join(values)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": typed(values),
        }
        for page in self._pages(self._tables.warehouse, _of_warehouse, **consistent):
            yield [each for each in page if isinstance(each, Request)]

    # --- by id ---

    def around(self, orders: Iterable[Order]) -> list[OrderRecords]:
        """The orders with what the other services have about them, as of a moment ago."""
        known = {order.order_id: order for order in orders}
        return [
            OrderRecords(order_id, order, *others)
            for order_id, order, others in self._joined(known, consistent=False)
            if order_id
        ]

    def records_of(self, order_ids: Iterable[str]) -> list[OrderRecords]:
        """All that the services have about these ids, as it stands now for consistent."""
        wanted = sorted(set(order_ids))
        found: list[OrderRecords] = []
        for start in range(0, len(wanted), PAGE):
            ids = wanted[start : start + PAGE]
            orders = self._many(self._tables.orders, "orderId", ids, rows.order_from_item, consistent=True)
            known = {order_id: orders.get(order_id) for order_id in ids}
            found += [
                OrderRecords(order_id, order, *others)
                for order_id, order, others in self._joined(known, consistent=True)
            ]
        return found

    def without_order(self, order_ids: Iterable[str]) -> list[str]:
        """Which of at most a page of ids are in no row of the orders table."""
        ids = sorted(set(order_ids))
        known = self._many(self._tables.orders, "orderId", ids, lambda item: item, consistent=False, only="orderId")
        return [order_id for order_id in ids if order_id not in known]

    def shelves(self, product_ids: Iterable[str]) -> dict[str, Stock]:
        """Stock as it stands now for consistent; what nobody counts is missing."""
        wanted, found = sorted(set(product_ids)), dict[str, Stock]()
        for start in range(0, len(wanted), PAGE):
            ids = [f"{STOCK}{product_id}" for product_id in wanted[start : start + PAGE]]
            for item in self._many(self._tables.warehouse, "id", ids, lambda item: item, consistent=True).values():
                stock = rows.stock_from_item(str(item["id"]).removeprefix(STOCK), item)
                found[stock.product_id] = stock
        return found

    def _joined(
        self, orders: Mapping[str, Order | None], *, consistent: bool
    ) -> Iterator[tuple[str, Order | None, tuple[Payment | None, Request | None, Delivery | None]]]:
        ids = list(orders)
        payments = self._many(self._tables.payment, "orderId", ids, rows.payment_from_item, consistent=consistent)
        keys = [f"{ORDER}{order_id}" for order_id in ids]
        requests = self._many(self._tables.warehouse, "id", keys, _request, consistent=consistent)
        deliveries = self._many(self._tables.delivery, "orderId", ids, rows.delivery_from_item, consistent=consistent)
        for order_id, order in orders.items():
            others = (payments.get(order_id), requests.get(f"{ORDER}{order_id}"), deliveries.get(order_id))
            yield order_id, order, others

    # --- DynamoDB ---

    def _pages(self, table: str, read: Callable[[rows.Item], T], **more: Any) -> Iterator[list[T]]:
        start: dict[str, Any] = {}
        while True:
            answer = self._client.scan(TableName=table, Limit=PAGE, **start, **more)
            yield [read(plain(item)) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _many(
        self,
        table: str,
        key: str,
        ids: list[str],
        read: Callable[[rows.Item], T],
        *,
        consistent: bool,
        only: str | None = None,
    ) -> dict[str, T]:
        """Items by key, for at most a page of keys."""
        request: Any = {"Keys": [typed({key: each}) for each in ids], "ConsistentRead": consistent}
        if only:
            request["ProjectionExpression"] = only
        found: dict[str, T] = {}
        for _ in range(MAX_ROUNDS):
            if not request["Keys"]:
                return found
            answer = self._client.batch_get_item(RequestItems={table: request})
            for typed_item in answer["Responses"].get(table, []):
                item = plain(typed_item)
                found[str(item[key])] = read(item)
            left: Any = answer.get("UnprocessedKeys", {}).get(table)
            request["Keys"] = left["Keys"] if left else []
        if request["Keys"]:
            raise TryAgain(f"the table {table} is too busy to be read")
        return found


def _request(item: rows.Item) -> Request:
    return rows.request_from_item(str(item["id"]).removeprefix(ORDER), item)


def _of_warehouse(item: rows.Item) -> Request | Stock | None:
    """The warehouse keeps both in one table, told apart by their key."""
    key = str(item["id"])
    if key.startswith(ORDER):
        return _request(item)
    return rows.stock_from_item(key.removeprefix(STOCK), item) if key.startswith(STOCK) else None
