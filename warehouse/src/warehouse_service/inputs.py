"""What may come in: closed and checked where people and services call, generous where events arrive. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ecom.errors import InvalidEvent, InvalidInput
from ecom.limits import MAX_INT
from ecom.validation import fields, integer, text

MAX_LINES = 50
MAX_QUANTITY = 1_000
LONGEST_ID = 200
# One transaction holds a hundred items: the request and one per product.
MAX_PRODUCTS = 99
LONGEST_KEY_BYTES = 2_000


def order_id_of(body: Mapping[str, Any]) -> str:
    """The body of a call that names an order and nothing else."""
    return text(fields(body, "the body", ("orderId",)).get("orderId"), "orderId", LONGEST_ID)


def reservation_of(body: Mapping[str, Any]) -> tuple[str, dict[str, int]]:
    """Who wants how many of what, summed per product."""
    given = fields(body, "the body", ("orderId", "products"))
    order_id = text(given.get("orderId"), "orderId", LONGEST_ID)
    lines = given.get("products")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    wanted: Counter[str] = Counter()
    for number, line in enumerate(lines):
        place = f"products[{number}]"
        known = fields(line, place, ("productId", "quantity"))
        product_id = text(known.get("productId"), f"{place}.productId", LONGEST_ID)
        wanted[product_id] += integer(known.get("quantity"), f"{place}.quantity", 1, MAX_QUANTITY)
    return order_id, dict(wanted)


def wanted_of(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The lines of an order as an event tells them, summed per product; a quantity that is not said is one."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line["productId"]] += int(line.get("quantity", 1))
    if len(wanted) > MAX_PRODUCTS:
        raise InvalidEvent(f"more than {MAX_PRODUCTS} products in one order")
    for product_id, quantity in wanted.items():
        known_id(product_id)
        if quantity > MAX_INT:
            raise InvalidEvent(f"more than {MAX_INT} of one product")
    return dict(wanted)


def known_id(given: str) -> str:
    """An id in an event, of whatever form; one that no item can have is refused."""
    if not can_be_id(given):
        raise InvalidEvent("an id that no item can have")
    return given


def can_be_id(given: str) -> bool:
    """Whether an item of ours could have it."""
    try:
        return 0 < len(given.encode()) <= LONGEST_KEY_BYTES
    except UnicodeEncodeError:
        return False
