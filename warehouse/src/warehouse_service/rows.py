"""Conversion between items and requests or stock. Pure.

The table's keys are `order#{id}`, `stock#{id}` for a product's own item, `shard#{number}#{id}` for its shards, and
`return#{id}` for a return that was restocked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecom import row_history
from ecom.dynamo import Item
from ecom.status_index import partition
from ecom.times import timestamp
from warehouse_service.domain import Line, Request, Status, event_name
from warehouse_service.stock import Availability, Stock, level
from warehouse_service.stock_effects import MAIN, Place

ORDER, STOCK, SHARD, RETURN = "order#", "stock#", "shard#", "return#"
# Only requests with these statuses are in the index `queue`.
LISTED = frozenset((Status.HELD, Status.NEW, Status.IN_PROGRESS))
# A lapsed reservation means the same as none. It is kept for a while, so that an order can be investigated.
KEEP_LAPSED = timedelta(days=30)


def order_key(order_id: str) -> str:
    return f"{ORDER}{order_id}"


def stock_key(product_id: str) -> str:
    return f"{STOCK}{product_id}"


def return_key(return_id: str) -> str:
    return f"{RETURN}{return_id}"


def place_key(place: Place) -> str:
    product_id, number = place
    return stock_key(product_id) if number == MAIN else f"{SHARD}{number}#{product_id}"


def place_of(item: Item) -> Place:
    """The place that an item of stock is."""
    key = str(item["id"])
    if key.startswith(STOCK):
        return key.removeprefix(STOCK), MAIN
    number, _, product_id = key.removeprefix(SHARD).partition("#")
    return product_id, int(number)


def shards_of(item: Item) -> int:
    """How many shards a product has: its own item says so. Most have none."""
    return int(item.get("shards", 0))


def is_spread(item: Item) -> bool:
    """Whether shards of the product may have available units."""
    return bool(item.get("spread", False))


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """What the table holds for an order. Every write raises `etag`; one that publishes raises `version`."""

    request: Request | None
    etag: int = 0
    version: int = 0
    history: tuple[str, ...] = ()


def request_item(stored: StoredRequest, new: Request, correlation_id: str) -> Item:
    """The item that replaces the stored one. It has `news`, an event's name, exactly when the write publishes one."""
    event = event_name(stored.request, new)
    moved_at = new.reserved_at if new.status is Status.HELD and new.reserved_at else new.since
    item: Item = {
        "id": order_key(new.order_id),
        "status": new.status.value,
        "since": timestamp(new.since),
        "lines": [_line_item(line) for line in new.lines],
        "etag": stored.etag + 1,
        "version": stored.version + (1 if event else 0),
        "correlationId": correlation_id,
        "history": row_history.extended(stored.history, moved_at, new.status.value, correlation_id),
    }
    optional = {
        "news": event,
        "queue": partition(new.status, order_key(new.order_id)) if new.status in LISTED else None,
        "expiresAt": timestamp(new.expires_at) if new.expires_at else None,
        "deliveryFailed": new.delivery_failed or None,
        "sequence": new.sequence or None,
        "attempt": new.attempt or None,
        "forgetAt": int((new.since + KEEP_LAPSED).timestamp()) if new.status is Status.LAPSED else None,
    }
    return {**item, **{key: value for key, value in optional.items() if value is not None}}


def stored_request(item: Item | None) -> StoredRequest:
    if item is None:
        return StoredRequest(None)
    history = row_history.texts(item.get("history"))
    return StoredRequest(request_from_item(item), int(item["etag"]), int(item["version"]), history)


def request_from_item(item: Item) -> Request:
    expires_at = item.get("expiresAt")
    return Request(
        order_id=order_id_from_item(item),
        status=Status(item["status"]),
        lines=tuple(_line(line) for line in item["lines"]),
        since=datetime.fromisoformat(item["since"]),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        delivery_failed=bool(item.get("deliveryFailed", False)),
        sequence=int(item.get("sequence", 0)),
        attempt=str(item.get("attempt", "")),
    )


def order_id_from_item(item: Item) -> str:
    return str(item["id"]).removeprefix(ORDER)


def stock_from_item(item: Item) -> Stock:
    """The units in one place."""
    return Stock(place_of(item)[0], int(item["available"]), int(item["reserved"]))


def stock_from_items(product_id: str, items: Iterable[Item]) -> Stock:
    """The units in all places of a product."""
    found = [stock_from_item(item) for item in items]
    return Stock(product_id, sum(each.available for each in found), sum(each.reserved for each in found))


def availability_from_item(item: Item, low_stock: int) -> Availability:
    """From a product's own item. A product that is spread is IN (ADR 29). Its own item may have `low_stock` units or
    fewer if the setting was raised since."""
    product_id, _ = place_of(item)
    version = int(item["version"]) if "version" in item else None
    return Availability(product_id, "IN" if is_spread(item) else level(int(item["available"]), low_stock), version)


def counted_from_item(item: Item) -> Stock:
    """The stock of which a product's own item tells when its level changed, or when staff counted: units `elsewhere`
    were in its shards then."""
    stock = stock_from_item(item)
    elsewhere = int(item.get("elsewhere", 0)) if is_spread(item) else 0
    return Stock(stock.product_id, stock.available + elsewhere, stock.reserved)


def _line_item(line: Line) -> Item:
    item: Item = {
        "productId": line.product_id,
        "quantity": line.quantity,
        "packaged": line.packaged,
        "tracked": line.tracked,
    }
    shards = {str(number): units for number, units in line.shards.items()}
    return {**item, "shards": shards} if shards else item


def _line(item: Mapping[str, Any]) -> Line:
    shards = {int(number): int(units) for number, units in item.get("shards", {}).items()}
    return Line(item["productId"], int(item["quantity"]), int(item["packaged"]), bool(item["tracked"]), shards)
