"""What an order is, which moves are legal, and what it comes to. Pure.

Orders are plain items: an order that somebody put into the table by hand may lack whatever is not a key, and keeps
what we do not know.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ecom.limits import MAX_INT
from ecom.times import timestamp
from ecom.validation import is_integer
from orders_service.errors import StaleFact, TooLate

Order = dict[str, Any]
Line = dict[str, Any]

NEW = "NEW"
PACKAGED = "PACKAGED"
SHIPPED = "SHIPPED"
FULFILLED = "FULFILLED"
PACKAGING_FAILED = "PACKAGING_FAILED"
CANCELLED = "CANCELLED"
DELIVERY_FAILED = "DELIVERY_FAILED"

# Facts overtake each other: what a delivery says moves an order that the warehouse has not spoken about yet.
MOVES: Mapping[str, frozenset[str]] = {
    NEW: frozenset((PACKAGED, SHIPPED, FULFILLED, PACKAGING_FAILED, CANCELLED, DELIVERY_FAILED)),
    PACKAGED: frozenset((SHIPPED, FULFILLED, DELIVERY_FAILED)),
    SHIPPED: frozenset((FULFILLED, DELIVERY_FAILED)),
    FULFILLED: frozenset(),
    PACKAGING_FAILED: frozenset(),
    CANCELLED: frozenset(),
    DELIVERY_FAILED: frozenset(),
}

AUTHORISED = "AUTHORISED"
CAPTURED = "CAPTURED"
VOIDED = "VOIDED"
FAILED = "FAILED"
PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
REFUNDED = "REFUNDED"

PAYMENT_MOVES: Mapping[str, frozenset[str]] = {
    AUTHORISED: frozenset((CAPTURED, VOIDED, FAILED, PARTIALLY_REFUNDED, REFUNDED)),
    CAPTURED: frozenset((PARTIALLY_REFUNDED, REFUNDED)),
    PARTIALLY_REFUNDED: frozenset((REFUNDED,)),
    VOIDED: frozenset(),
    FAILED: frozenset(),
    REFUNDED: frozenset(),
}

# Our bookkeeping: neither in events nor in answers.
PRIVATE = frozenset(("version", "correlationId", "contentHash", "refunds"))

# Who may follow any order, and who may cancel one that is not theirs.
WATCHERS = frozenset(("admin", "warehouse", "delivery"))
CANCELLERS = frozenset(("admin", "warehouse"))


def public(item: Mapping[str, Any]) -> Order:
    """What other services see of an item, whoever put it there."""
    return {key: value for key, value in item.items() if key not in PRIVATE}


def status_of(order: Mapping[str, Any]) -> str:
    """An order put by hand without a status is new."""
    return str(order.get("status") or NEW)


def payment_status_of(order: Mapping[str, Any]) -> str:
    return str(order.get("paymentStatus") or AUTHORISED)


def lines_of(order: Mapping[str, Any]) -> list[Line]:
    """The lines, each with its quantity: one when it is not said."""
    return [{**line, "quantity": line.get("quantity", 1)} for line in order.get("products") or []]


def total_of(lines: Iterable[Mapping[str, Any]], delivery_price: int) -> int:
    return int(sum(line["price"] * line["quantity"] for line in lines)) + delivery_price


def modified_at(order: Mapping[str, Any], now: datetime) -> str:
    """When this change is: never before the last one, whatever the clocks of two containers say.

    Who follows an order drops an image that is older than the one they have.
    """
    at, last = timestamp(now), order.get("modifiedDate")
    return last if isinstance(last, str) and len(last) == len(at) and last > at else at


def moved(order: Order, status: str, cause: str, now: datetime) -> Order:
    """The order with its new status and the cause in its history.

    The same object when it has that status already; StaleFact when no such move is legal.
    """
    was = status_of(order)
    if was == status:
        return order
    if status not in MOVES.get(was, ()):
        raise StaleFact(f"{cause}: no move from {was[:50]} to {status}")
    at = modified_at(order, now)
    known = order.get("history")
    history = [*(known if isinstance(known, list) else ()), {"at": at, "status": status, "cause": cause}]
    return {**order, "status": status, "modifiedDate": at, "history": history}


def cancelled(order: Order, cause: str, now: datetime) -> Order:
    """The order cancelled; a cancelled one as it is. Raises TooLate."""
    try:
        return moved(order, CANCELLED, cause, now)
    except StaleFact:
        raise TooLate(status_of(order)) from None


def belongs_to(order: Mapping[str, Any], user_id: str | None) -> bool:
    return user_id is not None and order.get("userId") == user_id


TEXTS = ("orderId", "userId", "createdDate", "modifiedDate", "status", "paymentStatus", "packagedDate", "paymentToken")
ADDRESS = ("name", "companyName", "streetAddress", "postCode", "city", "state", "country", "phoneNumber")
DIMENSIONS = ("width", "length", "height", "weight")


def is_readable(item: Mapping[str, Any]) -> bool:
    """Whether what is there has the types of an order. Anybody may put anything into the table."""
    address, history = item.get("address"), item.get("history")
    return (
        all(_is_text(item.get(name)) for name in TEXTS)
        and all(_is_amount(item.get(name)) for name in ("deliveryPrice", "total"))
        and item.get("paymentToken") != ""
        and (address is None or _is_texts(address, ADDRESS))
        and (history is None or _each(history, lambda move: _is_texts(move, ("at", "status", "cause"))))
        and (item.get("products") is None or _each(item["products"], _is_line))
    )


def _is_line(line: Any) -> bool:
    if not isinstance(line, Mapping) or not isinstance(line.get("productId"), str):
        return False
    package = line.get("package")
    return (
        _is_text(line.get("name"))
        and _is_amount(line.get("price"))
        and is_integer(line.get("quantity", 1), 1, MAX_INT)
        and (
            package is None
            or (
                isinstance(package, Mapping)
                and all(
                    package.get(name) is None or is_integer(package[name], -MAX_INT, MAX_INT) for name in DIMENSIONS
                )
            )
        )
    )


def _each(values: Any, fits: Any) -> bool:
    return isinstance(values, list) and all(fits(value) for value in values)


def _is_texts(value: Any, names: Iterable[str]) -> bool:
    return isinstance(value, Mapping) and all(_is_text(value.get(name)) for name in names)


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_amount(value: Any) -> bool:
    return value is None or is_integer(value, 0, MAX_INT)
