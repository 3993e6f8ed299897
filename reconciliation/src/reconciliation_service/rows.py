"""Items of the services' tables, and responses of the provider, as snapshots. Pure.

An item that was written manually may hold anything: what cannot be read counts as unknown.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ecom.stored_orders import full
from ecom.times import in_utc
from reconciliation_service.returned_goods import REQUESTED, Refund, Return
from reconciliation_service.snapshots import (
    AUTHORISED,
    HELD,
    NEW,
    Checkout,
    Delivery,
    LedgerEntry,
    Line,
    Order,
    PartnerRequest,
    Payment,
    Request,
    Stock,
)

Item = Mapping[str, Any]
# How keys of the tables of warehouse and returns begin. `shard#{number}#{productId}` has a part of a product's stock.
ORDER, STOCK, SHARD, RETURN = "order#", "stock#", "shard#", "return#"
# For something that happened at an unknown time.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def order_from_item(item: Item) -> Order:
    item = full(item)
    return Order(
        order_id=str(item["orderId"]),
        status=_text(item.get("status")) or NEW,
        payment_status=_text(item.get("paymentStatus")) or AUTHORISED,
        token=_text(item.get("paymentToken")),
        total=_whole(item.get("total")),
        created_at=_moment(item.get("createdDate")),
        modified_at=_moment(item.get("modifiedDate")),
        packaged_at=(_moment(item["packagedDate"]) or LONG_AGO) if item.get("packagedDate") else None,
        reached=_reached(item.get("history")),
        refunded=_whole(item.get("refunded")) or 0,
        version=_whole(item.get("version")),
        image=item,
    )


def checkout_from_item(item: Item) -> Checkout:
    return Checkout(str(item["orderId"]), "settledDate" in item)


def partner_request_from_item(item: Item) -> PartnerRequest:
    created, is_refused = _moment(item.get("createdDate")), "refusedDate" in item
    return PartnerRequest(str(item["orderId"]), str(item.get("partner", "")), created, is_refused)


def return_from_item(item: Item) -> Return | None:
    """None for an item that is no return, and for a request that broke a rule."""
    key = str(item["id"])
    if not key.startswith(RETURN) or "orderId" not in item:
        return None
    history = item.get("history")
    last = history[-1] if isinstance(history, list) and history else None
    lines = item.get("lines")
    return Return(
        return_id=key.removeprefix(RETURN),
        order_id=str(item["orderId"]),
        status=_text(item.get("status")) or REQUESTED,
        refund=_whole(item.get("refund")) or 0,
        restocked=sum(
            _whole(line.get("restocked")) or 0
            for line in (lines if isinstance(lines, list) else ())
            if isinstance(line, Mapping)
        ),
        since=_moment(last.get("at")) if isinstance(last, Mapping) else None,
    )


def refund_from_item(item: Item) -> Refund:
    return Refund(_text(item.get("status")) or "", _whole(item.get("amount")) or 0)


def payment_from_item(item: Item) -> Payment:
    return Payment(
        order_id=str(item["orderId"]),
        status=_text(item.get("status")) or HELD,
        token=_text(item.get("paymentToken")),
        amount=_whole(item.get("amount")),
        changed_at=_moment(item.get("imageModified")),  # the newest snapshot of the order that payment has
        refunded=_whole(item.get("refunded")) or 0,
        refunded_at=_moment(item.get("refundedDate")),
    )


def warehouse_row_from_item(item: Item) -> Request | Stock | None:
    """The warehouse keeps requests and stock in one table; the key tells which."""
    key = str(item["id"])
    if key.startswith(ORDER):
        return request_from_item(item)
    return stock_from_item(item) if key.startswith((STOCK, SHARD)) else None


def request_from_item(item: Item) -> Request:
    lines = item.get("lines")
    return Request(
        order_id=str(item["id"]).removeprefix(ORDER),
        status=_text(item.get("status")) or "",
        lines=tuple(_line(line) for line in lines if isinstance(line, Mapping)) if isinstance(lines, list) else (),
        since=_moment(item.get("since")),
        expires_at=_moment(item.get("expiresAt")),
        delivery_failed=item.get("deliveryFailed") is True,
    )


def delivery_from_item(item: Item) -> Delivery:
    address = item.get("address")
    return Delivery(
        order_id=str(item["orderId"]),
        status=_text(item.get("status")) or NEW,
        changed_at=_moment(item.get("since")),
        address=address if isinstance(address, Mapping) else None,
        shipment={name: text for name in ("carrier", "trackingNumber") if (text := _text(item.get(name)))},
    )


def stock_from_item(item: Item) -> Stock:
    """The units in one item; a product may have several."""
    key = str(item["id"])
    product_id = key.removeprefix(STOCK) if key.startswith(STOCK) else key.removeprefix(SHARD).partition("#")[2]
    return Stock(product_id, _whole(item.get("available")) or 0, _whole(item.get("reserved")) or 0)


def stock_by_product(stocks: Iterable[Stock]) -> dict[str, Stock]:
    """The units in all items of a product together."""
    found: dict[str, Stock] = {}
    for stock in stocks:
        before = found.get(stock.product_id, Stock(stock.product_id, 0, 0))
        available, reserved = before.available + stock.available, before.reserved + stock.reserved
        found[stock.product_id] = Stock(stock.product_id, available, reserved)
    return found


def shard_keys(item: Item) -> list[str]:
    """The keys of a product's other items: its own says how many there are."""
    product_id = str(item["id"]).removeprefix(STOCK)
    return [f"{SHARD}{number}#{product_id}" for number in range(1, (_whole(item.get("shards")) or 0) + 1)]


def token_hash(token: str) -> str:
    """The key of a payment token in the table of orders that tells which order uses it."""
    return hashlib.sha256(token.encode()).hexdigest()


def ledger_entry_from(answer: Item) -> LedgerEntry:
    return LedgerEntry(
        status=str(answer["status"]),
        authorised=int(answer["authorised"]),
        captured=int(answer["captured"]),
        refunded=int(answer["refunded"]),
        created_at=_moment(answer.get("createdAt")),
    )


def _line(item: Item) -> Line:
    quantity, packaged = _whole(item.get("quantity")) or 0, _whole(item.get("packaged")) or 0
    return Line(str(item.get("productId", "")), quantity, packaged, item.get("tracked") is True)


def _reached(history: Any) -> dict[str, datetime]:
    """When each status was reached last."""
    found: dict[str, datetime] = {}
    for entry in history if isinstance(history, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("status"), str) and (at := _moment(entry.get("at"))):
            found[entry["status"]] = at
    return found


def _moment(value: Any) -> datetime | None:
    try:
        return in_utc(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
