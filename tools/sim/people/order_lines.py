"""The lines of an order: their units, their sum, and how a story names them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def changed(order: Mapping[str, Any], more: int) -> dict[str, Any]:
    """The order with other units in its first line: so many more, or one more instead of none."""
    first, *others = order["products"]
    units = first["quantity"] + more
    return {**order, "products": [{**first, "quantity": units if units > 0 else first["quantity"] + 1}, *others]}


def units_of(lines: Iterable[Mapping[str, Any]]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line["productId"]] += line["quantity"]
    return units


def total_of(order: Mapping[str, Any]) -> int:
    return int(sum(line["price"] * line["quantity"] for line in order["products"]) + order["deliveryPrice"])


def in_words(order: Mapping[str, Any]) -> str:
    return " + ".join(f"{line['quantity']} {line['productId']}" for line in order["products"])
