"""Validation of input: strict for REST and GraphQL, generous for events. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ecom.contracts.common import OrderLine
from ecom.dynamo_values import can_be_key
from ecom.errors import InvalidEvent, InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_INT, MAX_LINES, MAX_PRODUCT_IDS, MAX_QUANTITY, MAX_TRANSACTION_ITEMS
from ecom.validation import fields, integer, text

MAX_PRODUCTS = MAX_TRANSACTION_ITEMS - 1  # the request is one of the items
# In one request about due reservations.
MAX_ORDER_IDS = 100
# With the key's prefix it stays below what DynamoDB accepts.
MAX_ID_BYTES = 2_000


def order_id_of(body: Mapping[str, Any]) -> str:
    """The order id of a body that has no other fields."""
    return text(fields(body, "the body", ("orderId",)).get("orderId"), "orderId", MAX_ID_LENGTH)


def order_ids_of(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of order ids in a body, empty when the body does not have it."""
    given = body.get(name) or []
    if not isinstance(given, list) or len(given) > MAX_ORDER_IDS:
        raise InvalidInput(f"{name} must be a list of at most {MAX_ORDER_IDS} order ids")
    return [text(order_id, f"{name}[{number}]", MAX_ID_LENGTH) for number, order_id in enumerate(given)]


def product_ids_of(given: Any) -> list[str]:
    """The products whose availability is asked for."""
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_PRODUCT_IDS:
        raise InvalidInput(f"productIds must be a list of 1 to {MAX_PRODUCT_IDS} product ids")
    if not all(isinstance(product_id, str) for product_id in given):
        raise InvalidInput("productIds must be texts")
    return given


def reservation_of(body: Mapping[str, Any]) -> tuple[str, dict[str, int], str]:
    """The order id, the units by product, and the attempt: empty when the caller does not want to release it."""
    given = fields(body, "the body", ("orderId", "products", "attempt"))
    order_id = text(given.get("orderId"), "orderId", MAX_ID_LENGTH)
    attempt = text(given["attempt"], "attempt", MAX_ID_LENGTH) if "attempt" in given else ""
    return order_id, _units_of(given.get("products"), "products"), attempt


def restocked_of(body: Mapping[str, Any]) -> tuple[str, dict[str, int]]:
    """The id of a return, and the units by product that can be sold again."""
    given = fields(body, "the body", ("returnId", "lines"))
    return text(given.get("returnId"), "returnId", MAX_ID_LENGTH), _units_of(given.get("lines"), "lines")


def _units_of(lines: Any, name: str) -> dict[str, int]:
    """The units by product. Lines of one product add up."""
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput(f"{name} must be a list of 1 to {MAX_LINES} lines")
    units: Counter[str] = Counter()
    for number, line in enumerate(lines):
        place = f"{name}[{number}]"
        known = fields(line, place, ("productId", "quantity"))
        product_id = text(known.get("productId"), f"{place}.productId", MAX_ID_LENGTH)
        units[product_id] += integer(known.get("quantity"), f"{place}.quantity", 1, MAX_QUANTITY)
    return dict(units)


def quantities_of(lines: Sequence[OrderLine]) -> dict[str, int]:
    """The units by product in the lines of an order's event. A line without a quantity counts as one."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line["productId"]] += int(line.get("quantity", 1))
    if len(wanted) > MAX_PRODUCTS:
        raise InvalidEvent(f"more than {MAX_PRODUCTS} products in one order")
    for product_id, quantity in wanted.items():
        valid_id(product_id)
        if quantity > MAX_INT:
            raise InvalidEvent(f"more than {MAX_INT} of one product")
    return dict(wanted)


def valid_id(given: str) -> str:
    """The id from an event. Raises InvalidEvent when no item can have it."""
    if not can_be_id(given):
        raise InvalidEvent("an id that no item can have")
    return given


def can_be_id(given: str) -> bool:
    """Whether an item can have this id."""
    return can_be_key(given, MAX_ID_BYTES)
