"""An order as GraphQL's types want it. Pure."""

from collections.abc import Mapping
from typing import Any

from orders_service.domain import ADDRESS, DIMENSIONS, Order, is_readable, lines_of, status_of, total_of

REQUIRED_OF_ADDRESS = ("name", "streetAddress", "city", "country", "phoneNumber")


def shown(item: Mapping[str, Any]) -> Order | None:
    """The order, less what is nobody's business (payment token, bookkeeping); None when the item is no order.

    What an item put by hand lacks is filled in: one odd order must not take a page of them from its owner.
    """
    if not is_readable(item) or not all(isinstance(item.get(name), str) for name in ("orderId", "userId")):
        return None
    lines = [_line(line) for line in lines_of(item)]
    delivery_price = item.get("deliveryPrice") or 0
    created = item.get("createdDate") or ""
    total = item.get("total")
    return {
        "orderId": item["orderId"],
        "userId": item["userId"],
        "createdDate": created,
        "modifiedDate": item.get("modifiedDate") or created,
        "status": status_of(item),
        "paymentStatus": item.get("paymentStatus"),
        "products": lines,
        "address": _address(item.get("address") or {}),
        "deliveryPrice": delivery_price,
        "total": total_of(lines, delivery_price) if total is None else total,
        "history": [_move(move) for move in item.get("history") or []],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    package = line.get("package") or {}
    return {
        "productId": line["productId"],
        "name": line.get("name") or line["productId"],
        "package": {name: package.get(name) for name in DIMENSIONS},
        "price": line.get("price") or 0,
        "quantity": line["quantity"],
    }


def _address(address: Mapping[str, Any]) -> dict[str, Any]:
    whole = {name: address.get(name) for name in ADDRESS}
    return {**whole, **{name: whole[name] or "" for name in REQUIRED_OF_ADDRESS}}


def _move(move: Mapping[str, Any]) -> dict[str, str]:
    return {name: move.get(name) or "" for name in ("at", "status", "cause")}
