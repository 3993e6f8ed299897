"""Conversion between the items of the orders table and orders. Pure.

Every readable item survives the round trip unchanged. Attributes that the types do not have, and nulls, are carried
along in `unknown`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecom.dynamo_values import Item
from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, MAX_INT
from ecom.stored_orders import PRIVATE
from ecom.validation import is_integer
from orders_service.domain import HistoryEntry, Line, Order
from orders_service.errors import UnreadableOrder


def order_from_item(item: Mapping[str, Any]) -> Order:
    """Raises UnreadableOrder: an item that was written manually can hold anything."""
    values = _values(item, _ORDER)
    if "order_id" not in values:
        raise UnreadableOrder("orderId")
    return Order(**values)


def item_from_order(order: Order) -> Item:
    return _item(order, _ORDER)


def line_from_item(item: Any) -> Line:
    values = _values(item, _LINE)
    # No quantity means one unit, but null is not a quantity.
    if "product_id" not in values or "quantity" in values["unknown"]:
        raise UnreadableOrder("products")
    return Line(**values)


def item_from_line(line: Line) -> Item:
    return _item(line, _LINE)


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute of an item, and the values that it may have beside null."""

    name: str
    fits: Callable[[Any], bool]
    read: Callable[[Any], Any] | None = None
    write: Callable[[Any], Any] | None = None


def _values(item: Any, attributes: Mapping[str, _Attribute]) -> dict[str, Any]:
    """The values by field of the dataclass, and the rest as `unknown`."""
    if not isinstance(item, Mapping):
        raise UnreadableOrder("products or history")
    unknown = dict(item)
    values: dict[str, Any] = {"unknown": unknown}
    for field, attribute in attributes.items():
        value = item.get(attribute.name)
        if value is None:
            continue
        if attribute.fits(value):
            values[field] = attribute.read(value) if attribute.read else value
            del unknown[attribute.name]
        elif attribute.name not in PRIVATE:
            raise UnreadableOrder(attribute.name)
    return values


def _item(source: Any, attributes: Mapping[str, _Attribute]) -> Item:
    item = dict(source.unknown)
    for field, attribute in attributes.items():
        value = getattr(source, field)
        if value is not None:
            item[attribute.name] = attribute.write(value) if attribute.write else value
    return item


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_amount(value: Any) -> bool:
    return is_integer(value, 0, MAX_INT)


def _is_object(names: Iterable[str], fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether a value is an object whose fields of these names fit or are null."""
    return lambda value: (
        isinstance(value, Mapping) and all(value.get(name) is None or fits(value[name]) for name in names)
    )


def _is_refunds(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(amount, int) for amount in value.values())


_LINE = {
    "product_id": _Attribute("productId", _is_text),
    "name": _Attribute("name", _is_text),
    "package": _Attribute("package", _is_object(DIMENSIONS, lambda size: is_integer(size, -MAX_INT, MAX_INT))),
    "price": _Attribute("price", _is_amount),
    "quantity": _Attribute("quantity", lambda value: is_integer(value, 1, MAX_INT)),
}
_ENTRY = {name: _Attribute(name, _is_text) for name in ("at", "status", "cause")}
_ORDER = {
    "order_id": _Attribute("orderId", _is_text),
    "user_id": _Attribute("userId", _is_text),
    "created_date": _Attribute("createdDate", _is_text),
    "modified_date": _Attribute("modifiedDate", _is_text),
    "packaged_date": _Attribute("packagedDate", _is_text),
    "status": _Attribute("status", _is_text),
    "payment_status": _Attribute("paymentStatus", _is_text),
    "lines": _Attribute(
        "products",
        _is_list,
        lambda items: tuple(line_from_item(item) for item in items),
        lambda lines: [item_from_line(line) for line in lines],
    ),
    "address": _Attribute("address", _is_object(ADDRESS_FIELDS, _is_text)),
    "shipment": _Attribute("shipment", _is_object(("carrier", "trackingNumber"), _is_text)),
    "delivery_price": _Attribute("deliveryPrice", _is_amount),
    "total": _Attribute("total", _is_amount),
    "currency": _Attribute("currency", _is_text),
    "channel": _Attribute("channel", _is_text),
    "refunded": _Attribute("refunded", _is_amount),
    "payment_token": _Attribute("paymentToken", lambda value: _is_text(value) and value != ""),
    "history": _Attribute(
        "history",
        _is_list,
        lambda items: tuple(HistoryEntry(**_values(item, _ENTRY)) for item in items),
        lambda entries: [_item(entry, _ENTRY) for entry in entries],
    ),
    "content_hash": _Attribute("contentHash", _is_text),
    "refunds": _Attribute("refunds", _is_refunds),
    "captured": _Attribute("captured", _is_amount),
    "version": _Attribute("version", lambda value: isinstance(value, int)),
    "correlation_id": _Attribute("correlationId", _is_text),
}
