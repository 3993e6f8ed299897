"""The comparison of order lines with the catalogue. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom.contracts.common import Product

COMPARED = ("name", "package", "price")


def content(product: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an administrator decides: all but the dates."""
    return {name: value for name, value in product.items() if not name.endswith("Date")}


def compared(product: Mapping[str, Any]) -> dict[str, Any]:
    """What a repeated `createProduct` must have in common with the first. An empty list of pictures is as none."""
    return {name: value for name, value in content(product).items() if name != "pictures" or value}


def without_managed(given: Mapping[str, Any], cdn: str) -> Mapping[str, Any]:
    """The input without the pictures of the CDN, which are managed: a client that read them may send them back. They
    count for no limit. A list that had no others counts as absent."""
    pictures = given.get("pictures")
    if not cdn or not isinstance(pictures, list):
        return given
    own = [each for each in pictures if not (isinstance(each, str) and each.lower().startswith(f"{cdn}/"))]
    if own or not pictures:
        return {**given, "pictures": own}
    return {name: value for name, value in given.items() if name != "pictures"}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line that differs from the catalogue: the reason, and the line as it should be."""

    reason: str
    expected: dict[str, Any]


def check_lines(lines: Sequence[Mapping[str, Any]], catalogue: Mapping[str, Product]) -> list[Mismatch]:
    """Check each line on its own: several may have the same product. Empty when all are correct."""
    return [mismatch for line in lines if (mismatch := check_line(line, catalogue.get(line["productId"])))]


def check_line(line: Mapping[str, Any], product: Product | None) -> Mismatch | None:
    if product is None:
        return Mismatch(f"product {line['productId']!r} is unknown", dict(line))
    differing = [name for name in COMPARED if _comparable(line, name) != _comparable(product, name)]
    if not differing:
        return None
    quantity = {"quantity": line["quantity"]} if "quantity" in line else {}
    return Mismatch(f"product {line['productId']!r} differs in {', '.join(differing)}", {**product, **quantity})


def _comparable(product: Mapping[str, Any], name: str) -> Any:
    value = product.get(name)
    if name == "package" and isinstance(value, Mapping):
        return {key: item for key, item in value.items() if item is not None}
    return value
