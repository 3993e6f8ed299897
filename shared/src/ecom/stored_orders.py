"""How the table of *orders* stores what an order has several of: its history and the packages of its lines. Pure.

*orders* writes this form and *reconciliation* reads it. It keeps an order of a few lines below 1 KB, one write unit. An
entry of the history is a text, `1795887092966 PACKAGED`: milliseconds since 1970, status, and the cause where it is not
the usual one of that status. A package is a list of its dimensions. What does not fit this form stays as it is, so that
items are read that were written manually, or before this form existed.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 13  # the years 2001 to 2286


def short(item: Mapping[str, Any]) -> Item:
    """The item as it is stored. `full` makes the same of it as of the item itself, whatever it holds."""
    return _each(item, _short_entry, _short_package)


def full(item: Mapping[str, Any]) -> Item:
    """The item with its history and its packages as objects."""
    return _each(item, _full_entry, _full_package)


def _each(item: Mapping[str, Any], entry: Callable[[Any], Any], package: Callable[[Any], Any]) -> Item:
    changed: Item = dict(item)
    if isinstance(history := item.get("history"), list):
        changed["history"] = [entry(one) for one in history]
    if isinstance(lines := item.get("products"), list):
        changed["products"] = [
            {**line, "package": package(line["package"])} if isinstance(line, Mapping) and "package" in line else line
            for line in lines
        ]
    return changed


def _short_entry(entry: Any) -> Any:
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        return entry
    at, status, cause = (entry.get(name, "") for name in ("at", "status", "cause"))
    try:
        since = datetime.fromisoformat(at) - _EPOCH
    except (ValueError, TypeError, OverflowError):
        return entry
    text = f"{since // timedelta(milliseconds=1)} {status}"
    text = text if USUAL_CAUSE.get(status) == cause else f"{text} {cause}"
    return text if _full_entry(text) == entry else entry


def _full_entry(entry: Any) -> Any:
    if not isinstance(entry, str):
        return entry
    milliseconds, _, rest = entry.partition(" ")
    status, has_cause, cause = rest.partition(" ")
    if not (len(milliseconds) == _DIGITS and milliseconds.isascii() and milliseconds.isdecimal()):
        return entry
    if not has_cause and status not in USUAL_CAUSE:
        return entry
    at = timestamp(_EPOCH + timedelta(milliseconds=int(milliseconds)))
    return {"at": at, "status": status, "cause": cause if has_cause else USUAL_CAUSE[status]}


def _short_package(package: Any) -> Any:
    if not isinstance(package, Mapping) or set(package) != set(DIMENSIONS):
        return package
    sizes = [package[name] for name in DIMENSIONS]
    return sizes if all(type(size) is int for size in sizes) else package


def _full_package(package: Any) -> Any:
    if not isinstance(package, list) or len(package) != len(DIMENSIONS):
        return package
    return dict(zip(DIMENSIONS, package, strict=True)) if all(type(size) is int for size in package) else package
