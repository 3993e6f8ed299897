"""Why createOrder refuses an order, as data: the codes and fields of the contract. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom.jsons import dumps
from ecom.limits import MAX_INT
from ecom.validation import is_integer

PRICE_CHANGED = "PRICE_CHANGED"
UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
DELIVERY_PRICE_CHANGED = "DELIVERY_PRICE_CHANGED"
TOTAL_CHANGED = "TOTAL_CHANGED"  # in answers to services only: a storefront sends no total
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


def try_again(service: str) -> Problem:
    return Problem(TRY_AGAIN, f"{service} did not answer; the same request may succeed")


def idempotency_mismatch() -> Problem:
    return Problem(IDEMPOTENCY_MISMATCH, "this token was used for an order with other content; use a new one")


def payment_refused() -> Problem:
    return Problem(PAYMENT_REFUSED, "the payment does not cover this order, or was used for another")


def delivery_price_changed(expected: int, given: int) -> Problem:
    return Problem(
        DELIVERY_PRICE_CHANGED, f"the delivery costs {expected}, not {given}", expected=expected, given=given
    )


def total_changed(expected: int, given: int) -> Problem:
    return Problem(TOTAL_CHANGED, f"the total is {expected}, not {given}", expected=expected, given=given)


def price_changed(product_id: str, expected: int, given: int) -> Problem:
    message = f"product {product_id!r} costs {expected}, not {given}"
    return Problem(PRICE_CHANGED, message, product_id, expected=expected, given=given)


def insufficient_stock(product_id: str, requested: int, available: int) -> Problem:
    message = f"of product {product_id!r} there are {available}, not {requested}"
    return Problem(INSUFFICIENT_STOCK, message, product_id, requested=requested, available=available)


def product_problems(lines: Sequence[Mapping[str, Any]], answer: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Compare the lines with the answer of products, which has wrong products as they should be and unknown ones as
    they were sent.

    Raises ValueError for an answer outside the contract.
    """
    problems: list[Problem] = []
    for product_id in dict.fromkeys(product["productId"] for product in answer):
        ours = [line for line in lines if line["productId"] == product_id]
        theirs = [product for product in answer if product["productId"] == product_id]
        if not ours:
            raise ValueError("a product that the request did not have")
        if [_content(product) for product in theirs] == [_content(line) for line in ours]:
            problems.append(Problem(UNKNOWN_PRODUCT, f"product {product_id!r} is unknown", product_id))
            continue
        right = theirs[0]
        if not is_integer(right["price"], 0, MAX_INT):
            raise ValueError("the price is not an amount")
        problems += [_product_changed(line, right) for line in ours if _content(line) != _content(right)]
    return problems


def _product_changed(line: Mapping[str, Any], right: Mapping[str, Any]) -> Problem:
    differing = ", ".join(name for name in COMPARED if _value(line, name) != _value(right, name))
    return Problem(
        PRICE_CHANGED,
        f"product {line['productId']!r} has changed: {differing}",
        line["productId"],
        expected=right["price"],
        given=line["price"],
    )


def _content(product: Mapping[str, Any]) -> str:
    return dumps([_value(product, name) for name in COMPARED])


def _value(product: Mapping[str, Any], name: str) -> object:
    value = product.get(name)
    if isinstance(value, dict):
        return sorted((key, item) for key, item in value.items() if item is not None)
    return value
