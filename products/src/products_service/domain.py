"""What a product is, what a valid input is, and how a line is compared with the catalogue. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecom.errors import InvalidInput
from ecom.limits import MAX_INT
from ecom.times import timestamp
from ecom.validation import integer, is_integer, text

Product = dict[str, Any]

DIMENSIONS = ("width", "length", "height", "weight")
OPTIONAL_TEXTS = ("category",)
DATES = ("createdDate", "modifiedDate")
LISTS = ("tags", "pictures")
PUBLIC = (
    "productId",
    "createdDate",
    "modifiedDate",
    "name",
    "package",
    "category",
    "tags",
    "pictures",
    "price",
)
INPUT = (*PUBLIC, "quantity")

MAX_QUANTITY = 1_000
MAX_LINES = 50
MAX_LIST = 100
LENGTHS = {"productId": 200, "name": 500, "category": 200, "tags": 200, "pictures": 2000}


def new_product(given: Mapping[str, Any], now: datetime) -> Product:
    """The product that this input makes. Time is ours; `quantity` belongs to order lines and is not kept."""
    checked = checked_input(given)
    return {**checked, "createdDate": timestamp(now), "modifiedDate": timestamp(now)}


def content(product: Mapping[str, Any]) -> Product:
    """What an administrator decides about a product: all but the dates."""
    return {key: product[key] for key in PUBLIC if key in product and not key.endswith("Date")}


def public(item: Mapping[str, Any]) -> Product:
    """What the world sees of an item of the table, whoever put it there; a date that is no text is none."""
    product = {key: item[key] for key in PUBLIC if item.get(key) is not None}
    product = {key: value for key, value in product.items() if key not in DATES or isinstance(value, str)}
    if isinstance(product.get("package"), Mapping):
        package = product["package"]
        product["package"] = {name: package[name] for name in DIMENSIONS if package.get(name) is not None}
    return product


def served(item: Mapping[str, Any]) -> Product | None:
    """The product in an item of the table, or None when it is none.

    Anybody may put anything into the table. What breaks the schema of the events goes to the dead-letter queue, and is
    not in the catalogue either: one odd item must not take its page, and all pages after it, from everybody.
    """
    product = public(item)
    package = product.get("package")
    fits = (
        all(isinstance(product.get(name), str) for name in ("productId", "name"))
        and all(isinstance(product.get(name, ""), str) for name in OPTIONAL_TEXTS)
        and all(_is_texts(product.get(name, [])) for name in LISTS)
        and is_integer(product.get("price"), 0, MAX_INT)
        and isinstance(package, Mapping)
        and all(is_integer(value, -MAX_INT, MAX_INT) for value in package.values())
    )
    return product if fits else None


def checked_input(given: Mapping[str, Any]) -> Product:
    """The input with unset fields left out; raises InvalidInput that names the field and the rule."""
    unknown = sorted(set(given) - set(INPUT))
    if unknown:
        raise InvalidInput(f"unknown fields: {', '.join(unknown)}")
    product: Product = {
        "productId": _text(given, "productId"),
        "name": _text(given, "name"),
        "package": _package(given.get("package")),
        "price": integer(given.get("price"), "price", 0, MAX_INT),
    }
    for name in OPTIONAL_TEXTS:
        if given.get(name) is not None:
            product[name] = _text(given, name)
    for name in LISTS:
        if given.get(name) is not None:
            product[name] = _texts(given[name], name)
    if given.get("quantity") is not None:
        integer(given["quantity"], "quantity", 1, MAX_QUANTITY)
    return product


def _text(given: Mapping[str, Any], name: str) -> str:
    return text(given.get(name), name, LENGTHS[name])


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise InvalidInput(f"{name} must be a list of at most {MAX_LIST} texts")
    return [_text({name: item}, name) for item in value]


def _package(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise InvalidInput("package must be an object with width, length, height and weight")
    unknown = sorted(set(value) - set(DIMENSIONS))
    if unknown:
        raise InvalidInput(f"unknown fields in package: {', '.join(unknown)}")
    return {
        name: integer(value[name], f"package.{name}", 0, MAX_INT) for name in DIMENSIONS if value.get(name) is not None
    }


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# --- validation of order lines ---


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is not as in the catalogue: why, and how it should be."""

    reason: str
    should_be: Product


def check_lines(lines: Sequence[Mapping[str, Any]], catalogue: Mapping[str, Product]) -> list[Wrong]:
    """Check each line on its own, however many lines name one product. Empty when all are right."""
    return [wrong for line in lines if (wrong := check_line(line, catalogue.get(line["productId"])))]


def check_line(line: Mapping[str, Any], product: Product | None) -> Wrong | None:
    if product is None:
        return Wrong(f"product {line['productId']!r} is unknown", dict(line))
    differing = [name for name in ("name", "package", "price") if _comparable(line, name) != _comparable(product, name)]
    if not differing:
        return None
    should_be = public(product)
    if "quantity" in line:
        should_be["quantity"] = line["quantity"]
    return Wrong(f"product {line['productId']!r} differs in {', '.join(differing)}", should_be)


def _comparable(product: Mapping[str, Any], name: str) -> Any:
    value = product.get(name)
    if name == "package" and isinstance(value, Mapping):
        return {key: item for key, item in value.items() if item is not None}
    return value
