"""The tables of orders, payment, warehouse and delivery, read and never written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ecom.dynamo import Item, Table
from reconciliation_service import rows
from reconciliation_service.snapshots import KEEPS_STOCK, Delivery, Order, OrderRecords, Payment, Request, Stock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

PAGE = 100  # keys in one BatchGetItem


@dataclass(frozen=True, slots=True)
class TableNames:
    orders: str
    payment: str
    warehouse: str
    delivery: str


class Repository:
    """Reads page by page, so that memory stays small however large the tables are."""

    def __init__(self, client: "DynamoDBClient", names: TableNames) -> None:
        self._orders = Table(client, names.orders)
        self._payment = Table(client, names.payment)
        self._warehouse = Table(client, names.warehouse)
        self._delivery = Table(client, names.delivery)

    # --- whole tables, page by page ---

    def orders(self) -> Iterator[list[Order]]:
        return _pages(self._orders, rows.order_from_item)

    def payments(self) -> Iterator[list[Payment]]:
        return _pages(self._payment, rows.payment_from_item)

    def deliveries(self) -> Iterator[list[Delivery]]:
        return _pages(self._delivery, rows.delivery_from_item)

    def warehouse(self) -> Iterator[list[Request | Stock]]:
        for page in _pages(self._warehouse, rows.warehouse_row_from_item):
            yield [each for each in page if each is not None]

    def requests_with_stock(self) -> Iterator[list[Request]]:
        """Requests that keep reserved units, read consistently."""
        values = {f"status{number}": status for number, status in enumerate(sorted(KEEPS_STOCK))}
        request = {
            "ConsistentRead": True,
            "FilterExpression": f"#status IN ({', '.join(f':{name}' for name in values)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "values": values,
        }
        for page in _pages(self._warehouse, rows.warehouse_row_from_item, **request):
            yield [each for each in page if isinstance(each, Request)]

    # --- by id ---

    def with_other_services(self, orders: Iterable[Order]) -> list[OrderRecords]:
        """The orders with what the other services have about them. Reads are eventually consistent."""
        return self._joined({order.order_id: order for order in orders if order.order_id}, consistent=False)

    def records_of(self, order_ids: Iterable[str]) -> list[OrderRecords]:
        """What all services have about these ids, read consistently."""
        found: list[OrderRecords] = []
        for ids in _batches(order_ids):
            orders = _many(self._orders, "orderId", ids, rows.order_from_item, consistent=True)
            found += self._joined({order_id: orders.get(order_id) for order_id in ids}, consistent=True)
        return found

    def without_order(self, order_ids: Iterable[str]) -> list[str]:
        """The ids, at most a page of them, that are not in the orders table."""
        ids = sorted(set(order_ids))
        items = self._orders.get_many(({"orderId": order_id} for order_id in ids), attributes="orderId")
        known = {item["orderId"] for item in items}
        return [order_id for order_id in ids if order_id not in known]

    def stock(self, product_ids: Iterable[str]) -> dict[str, Stock]:
        """Stock by product, read consistently. Untracked products are missing."""
        found: dict[str, Stock] = {}
        for ids in _batches(product_ids):
            keys = [f"{rows.STOCK}{product_id}" for product_id in ids]
            stocks = _many(self._warehouse, "id", keys, rows.stock_from_item, consistent=True)
            found |= {stock.product_id: stock for stock in stocks.values()}
        return found

    def _joined(self, orders: Mapping[str, Order | None], *, consistent: bool) -> list[OrderRecords]:
        ids = list(orders)
        keys = [f"{rows.ORDER}{order_id}" for order_id in ids]
        payments = _many(self._payment, "orderId", ids, rows.payment_from_item, consistent=consistent)
        requests = _many(self._warehouse, "id", keys, rows.request_from_item, consistent=consistent)
        deliveries = _many(self._delivery, "orderId", ids, rows.delivery_from_item, consistent=consistent)
        return [
            OrderRecords(
                order_id,
                order,
                payments.get(order_id),
                requests.get(f"{rows.ORDER}{order_id}"),
                deliveries.get(order_id),
            )
            for order_id, order in orders.items()
        ]


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), PAGE):
        yield wanted[start : start + PAGE]


def _pages(table: Table, read: Callable[[Item], T], **request: Any) -> Iterator[list[T]]:
    for page in table.pages(Limit=PAGE, **request):
        yield [read(item) for item in page]


def _many(table: Table, key: str, ids: list[str], read: Callable[[Item], T], *, consistent: bool) -> dict[str, T]:
    """Items by key, for at most a page of keys."""
    items = table.get_many(({key: each} for each in ids), consistent=consistent)
    return {str(item[key]): read(item) for item in items}
