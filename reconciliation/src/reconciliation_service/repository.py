"""The tables of orders, payment, warehouse, delivery, returns, cart and partners, read and never written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ecom.dynamo import Item, Table
from reconciliation_service import rows
from reconciliation_service.returned_goods import Return, ReturnRecords
from reconciliation_service.snapshots import (
    KEEPS_STOCK,
    Checkout,
    Delivery,
    Order,
    OrderRecords,
    PartnerRequest,
    Payment,
    Request,
    Stock,
)

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
    payment_tokens: str  # of orders: which order uses a payment token
    returns: str = ""
    refunds: str = ""  # of payment
    checkouts: str = ""  # of cart
    partner_requests: str = ""  # of partners


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of every table: DynamoDB scans `of` parts beside each other."""

    number: int = 0
    of: int = 1


WHOLE = Segment()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`end` is the key behind which the next page begins, None on the last one."""

    rows: list[T]
    end: Item | None


class Repository:
    """Reads page by page, so that memory stays small however large the tables are."""

    def __init__(self, client: "DynamoDBClient", names: TableNames) -> None:
        self._orders = Table(client, names.orders)
        self._payment = Table(client, names.payment)
        self._warehouse = Table(client, names.warehouse)
        self._delivery = Table(client, names.delivery)
        self._payment_tokens = Table(client, names.payment_tokens)
        self._returns = Table(client, names.returns)
        self._refunds = Table(client, names.refunds)
        self._checkouts = Table(client, names.checkouts)
        self._partner_requests = Table(client, names.partner_requests)

    # --- a segment of a table, page by page, from its beginning or behind a key ---

    def orders(self, segment: Segment = WHOLE, start: Item | None = None) -> Iterator[Page[Order]]:
        return _pages(self._orders, rows.order_from_item, segment, start)

    def payments(self, segment: Segment = WHOLE, start: Item | None = None) -> Iterator[Page[Payment]]:
        return _pages(self._payment, rows.payment_from_item, segment, start)

    def deliveries(self, segment: Segment = WHOLE, start: Item | None = None) -> Iterator[Page[Delivery]]:
        return _pages(self._delivery, rows.delivery_from_item, segment, start)

    def warehouse(self, segment: Segment = WHOLE, start: Item | None = None) -> Iterator[Page[Request | Stock | None]]:
        """None for an item that is neither."""
        return _pages(self._warehouse, rows.warehouse_row_from_item, segment, start)

    def returns(self, start: Item | None = None) -> Iterator[Page[Return | None]]:
        """None for an item that is no return."""
        return _pages(self._returns, rows.return_from_item, WHOLE, start)

    def checkouts(self, start: Item | None = None) -> Iterator[Page[Checkout]]:
        return _pages(self._checkouts, rows.checkout_from_item, WHOLE, start)

    def partner_requests(self, start: Item | None = None) -> Iterator[Page[PartnerRequest]]:
        return _pages(self._partner_requests, rows.partner_request_from_item, WHOLE, start)

    def stock_and_its_requests(self, segment: Segment = WHOLE) -> Iterator[list[Request | Stock]]:
        """Items of stock, of which a product may have several, and the requests that keep reserved units, read
        consistently. DynamoDB filters, so pages are large."""
        values = {f"status{number}": status for number, status in enumerate(sorted(KEEPS_STOCK))}
        request = {
            "ConsistentRead": True,
            "FilterExpression": "begins_with(id, :stock) OR begins_with(id, :shard) "
            f"OR #status IN ({', '.join(f':{name}' for name in values)})",
            "ExpressionAttributeNames": {"#status": "status"},
            "values": {"stock": rows.STOCK, "shard": rows.SHARD, **values},
        }
        for page in _pages(self._warehouse, rows.warehouse_row_from_item, segment, None, **request):
            yield [each for each in page.rows if each is not None]

    # --- by id ---

    def with_other_services(self, orders: Iterable[Order]) -> list[OrderRecords]:
        """The orders with what the other services have about them. Reads are eventually consistent."""
        return self._joined({order.order_id: order for order in orders if order.order_id}, consistent=False)

    def records_of(self, order_ids: Iterable[str], *, consistent: bool = True) -> Iterator[list[OrderRecords]]:
        """What all services have about these ids, page by page, by default read consistently."""
        for ids in _batches(order_ids):
            orders = _many(self._orders, "orderId", ids, rows.order_from_item, consistent=consistent)
            yield self._joined({order_id: orders.get(order_id) for order_id in ids}, consistent=consistent)

    def users_of_tokens(self, tokens: Iterable[str]) -> dict[str, str]:
        """The id of the order that uses a payment token, by token. An order that was written by hand is missing."""
        by_hash = {rows.token_hash(token): token for token in tokens}
        items = _many(self._payment_tokens, "tokenHash", list(by_hash), lambda item: item, consistent=True)
        return {by_hash[key]: str(item["orderId"]) for key, item in items.items() if "claimedUntil" not in item}

    def without_order(self, order_ids: Iterable[str]) -> list[str]:
        """The ids, at most a page of them, that are not in the orders table."""
        ids = sorted(set(order_ids))
        items = self._orders.get_many(({"orderId": order_id} for order_id in ids), attributes="orderId")
        known = {item["orderId"] for item in items}
        return [order_id for order_id in ids if order_id not in known]

    def stock(self, product_ids: Iterable[str]) -> dict[str, Stock]:
        """Stock by product, read consistently. Untracked products are missing."""
        found: list[Item] = []
        for ids in _batches(product_ids):
            own = self._warehouse.get_many(({"id": f"{rows.STOCK}{each}"} for each in ids), consistent=True)
            shards = [{"id": key} for item in own for key in rows.shard_keys(item)]
            found += [*own, *self._warehouse.get_many(shards, consistent=True)]
        return rows.stock_by_product(rows.stock_from_item(item) for item in found)

    def with_money_and_goods(self, returns: Iterable[Return], *, consistent: bool = False) -> list[ReturnRecords]:
        """The returns, at most a page of them, with what payment and the warehouse have about them."""
        by_id = {each.return_id: each for each in returns}
        refunds = _many(self._refunds, "refundId", list(by_id), rows.refund_from_item, consistent=consistent)
        keys = [f"{rows.RETURN}{return_id}" for return_id in by_id]
        restocked = _many(self._warehouse, "id", keys, lambda item: item, consistent=consistent)
        return [
            ReturnRecords(each, refunds.get(return_id), f"{rows.RETURN}{return_id}" in restocked)
            for return_id, each in by_id.items()
        ]

    def returns_by_id(self, return_ids: Iterable[str]) -> list[ReturnRecords]:
        """At most a page of returns, read consistently."""
        keys = [f"{rows.RETURN}{return_id}" for return_id in return_ids]
        found = _many(self._returns, "id", keys, rows.return_from_item, consistent=True)
        return self.with_money_and_goods((each for each in found.values() if each is not None), consistent=True)

    def orders_by_id(self, order_ids: Iterable[str], *, consistent: bool = False) -> list[Order]:
        """Those of the orders, at most a page, that exist."""
        found = _many(self._orders, "orderId", list(order_ids), rows.order_from_item, consistent=consistent)
        return list(found.values())

    def partner_requests_by_id(self, order_ids: Iterable[str]) -> list[PartnerRequest]:
        """Those of the requests, at most a page, that exist, read consistently."""
        read = rows.partner_request_from_item
        return list(_many(self._partner_requests, "orderId", list(order_ids), read, consistent=True).values())

    def open_checkouts(self, order_ids: Iterable[str]) -> set[str]:
        """Those of the checkouts, at most a page, whose units have not left the cart, read consistently."""
        found = _many(self._checkouts, "orderId", list(order_ids), rows.checkout_from_item, consistent=True)
        return {order_id for order_id, each in found.items() if not each.is_taken}

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


def _pages(
    table: Table, read: Callable[[Item], T], segment: Segment, start: Item | None, **request: Any
) -> Iterator[Page[T]]:
    if "FilterExpression" not in request:
        request["Limit"] = PAGE
    if segment.of > 1:
        request |= {"Segment": segment.number, "TotalSegments": segment.of}
    while True:
        page = table.page(start=start, **request)
        yield Page([read(item) for item in page.items], page.last_key)
        start = page.last_key
        if start is None:
            return


def _many(table: Table, key: str, ids: list[str], read: Callable[[Item], T], *, consistent: bool) -> dict[str, T]:
    """Items by key, for at most a page of keys."""
    items = table.get_many(({key: each} for each in ids), consistent=consistent)
    return {str(item[key]): read(item) for item in items}
