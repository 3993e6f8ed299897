"""Why an order is refused, as data: the contract's codes and fields. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecom.jsons import dumps
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from orders_service.domain import Line

PRICE_CHANGED = "PRICE_CHANGED"
UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
DELIVERY_PRICE_CHANGED = "DELIVERY_PRICE_CHANGED"
PAYMENT_REFUSED = "PAYMENT_REFUSED"
INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
INVALID_INPUT = "INVALID_INPUT"
TRY_AGAIN = "TRY_AGAIN"

COMPARED = ("name", "package", "price")


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str
    product_id: str | None = None
    expected: int | None = None
    given: int | None = None
    requested: int | None = None
    available: int | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "productId": self.product_id,
            "expected": self.expected,
            "given": self.given,
            "requested": self.requested,
            "available": self.available,
        }


def again(what: str) -> Problem:
    return Problem(TRY_AGAIN, f"{what} did not answer; the same request may succeed")


def mismatch() -> Problem:
    return Problem(IDEMPOTENCY_MISMATCH, "this token was used for an order with other content; use a new one")


def payment_refused() -> Problem:
    return Problem(PAYMENT_REFUSED, "the payment does not cover this order, or was used for another")


def delivery_price_changed(expected: int, given: int) -> Problem:
    return Problem(
        DELIVERY_PRICE_CHANGED, f"the delivery costs {expected}, not {given}", expected=expected, given=given
    )


def insufficient(product_id: str, requested: int, available: int) -> Problem:
    message = f"of product {product_id!r} there are {available}, not {requested}"
    return Problem(INSUFFICIENT_STOCK, message, product_id, requested=requested, available=available)


def of_products(lines: Sequence[Line], should_be: Sequence[Line]) -> list[Problem]:
    """What the catalogue's answer says about the lines: it gives back wrong ones as they should be, unknown as given.

    Raises ValueError for an answer that fits neither, which is no answer.
    """
    problems: list[Problem] = []
    for product_id in dict.fromkeys(line["productId"] for line in should_be):
        ours = [line for line in lines if line["productId"] == product_id]
        theirs = [line for line in should_be if line["productId"] == product_id]
        if not ours:
            raise ValueError("a product that was not asked for")
        if [_content(line) for line in theirs] == [_content(line) for line in ours]:
            problems.append(Problem(UNKNOWN_PRODUCT, f"product {product_id!r} is unknown", product_id))
            continue
        right = theirs[0]
        if not is_integer(right["price"], 0, MAX_INT):
            raise ValueError("a price that is none")
        wrong = [line for line in ours if _content(line) != _content(right)]
        problems += [_changed(line, right) for line in wrong]
    return problems


def _changed(line: Line, right: Line) -> Problem:
    differing = ", ".join(name for name in COMPARED if _value(line, name) != _value(right, name))
    return Problem(
        PRICE_CHANGED,
        f"product {line['productId']!r} has changed: {differing}",
        line["productId"],
        expected=right["price"],
        given=line["price"],
    )


def _content(line: Line) -> str:
    return dumps([_value(line, name) for name in COMPARED])


def _value(line: Line, name: str) -> object:
    value = line.get(name)
    if isinstance(value, dict):
        return sorted((key, item) for key, item in value.items() if item is not None)
    return value
