"""An order as the GraphQL schema has it. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, REQUIRED_ADDRESS_FIELDS

HISTORY_FIELDS = ("at", "status", "cause")
SHIPMENT_FIELDS = ("carrier", "trackingNumber")


def order_view(order: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The GraphQL fields of a stored or published order, and no others: the payment token stays private.

    Missing fields get defaults: an order that was written manually, or by an older producer, must not fail a list. The
    currency is the default of the order's own.
    """
    currency = order.get("currency") or currency
    lines = [{**_line(line), "currency": currency} for line in order.get("products") or []]
    delivery_price = order.get("deliveryPrice") or 0
    created = order.get("createdDate") or ""
    total = order.get("total")
    return {
        "orderId": order["orderId"],
        "userId": order.get("userId") or "",
        "createdDate": created,
        "modifiedDate": order.get("modifiedDate") or created,
        "status": order.get("status") or "NEW",
        "paymentStatus": order.get("paymentStatus"),
        "products": lines,
        "address": _address(order.get("address") or {}),
        "shipment": _shipment(order.get("shipment") or {}),
        "deliveryPrice": delivery_price,
        "currency": currency,
        "refunded": order.get("refunded"),
        "total": sum(line["price"] * line["quantity"] for line in lines) + delivery_price if total is None else total,
        "history": [{name: entry.get(name) or "" for name in HISTORY_FIELDS} for entry in order.get("history") or []],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    package = line.get("package") or {}
    return {
        "productId": line["productId"],
        "name": line.get("name") or line["productId"],
        "package": {name: package.get(name) for name in DIMENSIONS},
        "price": line.get("price") or 0,
        "quantity": line.get("quantity", 1),
    }


def _address(address: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: address.get(name) for name in ADDRESS_FIELDS}
    return {**fields, **{name: fields[name] or "" for name in REQUIRED_ADDRESS_FIELDS}}


def _shipment(shipment: Mapping[str, Any]) -> dict[str, Any] | None:
    """None before the delivery starts. Both fields are required in GraphQL."""
    fields = {name: shipment.get(name) for name in SHIPMENT_FIELDS}
    return fields if all(fields.values()) else None
