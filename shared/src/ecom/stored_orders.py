"""How the table of *orders* stores the history, the packages of the lines and the shipment of an order. Pure.

*orders* writes this form and *reconciliation* reads it. It keeps an order of a few lines below 1 KB, one write unit.
Times are milliseconds since `createdDate`, and since 1970 where that is unknown. An entry of the history is a text,
`86400000 PACKAGED`: time, status, and the cause where it is not the usual one of that status. A package is a text,
`200x250x300x900`. A shipment is a text, `PostNord/00370712345`; the parts that the platform decided are empty: `/`.
What does not fit this form stays as it is, so that items are read that were written manually, or before this form
existed. A package was a list once.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom import shipments
from ecom.dynamo_values import Item
from ecom.limits import DIMENSIONS
from ecom.times import timestamp

# Stored entries rely on these: add a status, but never change its cause.
USUAL_CAUSE = {
    "NEW": "createOrder",
    "PACKAGED": "PackageCreated",
    "SHIPPED": "DeliveryStarted",
    "FULFILLED": "DeliveryCompleted",
    "PACKAGING_FAILED": "PackagingFailed",
    "DELIVERY_FAILED": "DeliveryFailed",
}
# Neither published nor returned by any API.
PRIVATE = frozenset(("version", "correlationId", "contentHash", "refunds", "captured", "followedUntil"))
_TEXT = re.compile("x".join(4 * ["(0|-?[1-9][0-9]{0,9})"]))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 13  # since 1970: the years 2001 to 2286; fewer digits are since the order's creation


def public(item: Mapping[str, Any]) -> Item:
    """What other services may see of an item, readable or not."""
    return {name: value for name, value in item.items() if name not in PRIVATE}


def short(item: Mapping[str, Any]) -> Item:
    """The whole item as it is stored. `full` makes the same of it as of the item itself, whatever it holds."""
    created = _moment(item.get("createdDate"))
    changed = _each(item, lambda entry: _short_entry(entry, created), _short_package, _short_shipment)
    if isinstance(at := item.get("packagedDate"), str):
        changed["packagedDate"] = _since(at, created) or at
    return changed


def full(item: Mapping[str, Any]) -> Item:
    """The item with its history, its packages and its shipment as objects, and its times as texts."""
    created = _moment(item.get("createdDate"))
    changed = _each(item, lambda entry: _full_entry(entry, created), _full_package, _full_shipment)
    if isinstance(digits := item.get("packagedDate"), str):
        changed["packagedDate"] = _at(digits, created) or digits
    return changed


def _each(
    item: Mapping[str, Any],
    entry: Callable[[Any], Any],
    package: Callable[[Any], Any],
    shipment: Callable[[Any, str], Any],
) -> Item:
    changed: Item = dict(item)
    if isinstance(history := item.get("history"), list):
        changed["history"] = [entry(one) for one in history]
    if isinstance(lines := item.get("products"), list):
        changed["products"] = [
            {**line, "package": package(line["package"])} if isinstance(line, Mapping) and "package" in line else line
            for line in lines
        ]
    if "shipment" in item and isinstance(order_id := item.get("orderId"), str):
        changed["shipment"] = shipment(item["shipment"], order_id)
    return changed


def _moment(at: Any) -> datetime | None:
    """The moment of a timestamp of our form; None for anything else."""
    try:
        moment = datetime.fromisoformat(at)
        return moment if timestamp(moment) == at else None
    except (ValueError, TypeError, OverflowError):
        return None


def _since(at: Any, created: datetime | None) -> str | None:
    """The time as digits; None if they would not stand for it."""
    moment = _moment(at)
    if moment is None:
        return None
    is_later = created is not None and moment >= created
    since = moment - (created if created is not None and is_later else _EPOCH)
    digits = str(since // timedelta(milliseconds=1))
    return digits if _at(digits, created) == at else None


def _at(digits: str, created: datetime | None) -> str | None:
    """The time that the digits stand for; None for anything else."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        return None
    start = _EPOCH if len(digits) == _DIGITS else created
    try:
        return timestamp(start + timedelta(milliseconds=int(digits))) if start is not None else None
    except OverflowError:
        return None


def _short_entry(entry: Any, created: datetime | None) -> Any:
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        return entry
    at, status, cause = (entry.get(name, "") for name in ("at", "status", "cause"))
    digits = _since(at, created)
    if digits is None:
        return entry
    text = f"{digits} {status}"
    text = text if USUAL_CAUSE.get(status) == cause else f"{text} {cause}"
    return text if _full_entry(text, created) == entry else entry


def _full_entry(entry: Any, created: datetime | None) -> Any:
    if not isinstance(entry, str):
        return entry
    digits, _, rest = entry.partition(" ")
    status, has_cause, cause = rest.partition(" ")
    at = _at(digits, created)
    if at is None or (not has_cause and status not in USUAL_CAUSE):
        return entry
    return {"at": at, "status": status, "cause": cause if has_cause else USUAL_CAUSE[status]}


def _short_package(package: Any) -> Any:
    sizes = [package[name] for name in DIMENSIONS] if _has_all_sizes(package) else package
    if not _is_sizes(sizes):
        return package
    text = "x".join(map(str, sizes))
    return text if _TEXT.fullmatch(text) else package


def _full_package(package: Any) -> Any:
    sizes = (
        [int(size) for size in package.split("x")] if isinstance(package, str) and _TEXT.fullmatch(package) else package
    )
    return dict(zip(DIMENSIONS, sizes, strict=True)) if _is_sizes(sizes) else package


def _has_all_sizes(package: Any) -> bool:
    return isinstance(package, Mapping) and set(package) == set(DIMENSIONS)


def _is_sizes(sizes: Any) -> bool:
    return isinstance(sizes, list) and len(sizes) == len(DIMENSIONS) and all(type(size) is int for size in sizes)


def _short_shipment(shipment: Any, order_id: str) -> Any:
    if not isinstance(shipment, Mapping) or not all(isinstance(value, str) for value in shipment.values()):
        return shipment
    carrier, number = shipment.get("carrier", ""), shipment.get("trackingNumber", "")
    own = shipments.tracking_number(order_id)
    text = f"{'' if carrier == shipments.CARRIER else carrier}/{'' if number == own else number}"
    return text if _full_shipment(text, order_id) == shipment else shipment


def _full_shipment(shipment: Any, order_id: str) -> Any:
    if not isinstance(shipment, str) or "/" not in shipment:
        return shipment
    carrier, _, number = shipment.partition("/")
    return {
        "carrier": carrier or shipments.CARRIER,
        "trackingNumber": number or shipments.tracking_number(order_id),
    }
