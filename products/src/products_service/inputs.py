"""Validation of a product that an administrator sends. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from ecom import jsons
from ecom.contracts.common import Package, Product
from ecom.errors import InvalidInput
from ecom.limits import DIMENSIONS, LINE_FIELDS, MAX_ID_LENGTH, MAX_INT, MAX_NAME_LENGTH, MAX_QUANTITY
from ecom.times import timestamp
from ecom.validation import fields, integer, label, text

MAX_LIST = 100
# Of a product as JSON. An answer has up to fifty products and at most 6 MB (Lambda), ProductModified has a product
# twice and at most 256 KB (EventBridge), an item at most 400 KB (DynamoDB).
MAX_BYTES = 64_000
LENGTHS = {"productId": MAX_ID_LENGTH, "name": MAX_NAME_LENGTH, "category": 200, "tags": 200, "pictures": 2000}


def new_product(given: Any, now: datetime, currency: str) -> Product:
    """The product of the input, with both dates set to now.

    Fields that are null are left out. `quantity` belongs to order lines, and the currency is the
    environment's: they are checked and dropped. Raises InvalidInput that names the field and the rule.
    """
    known = fields(given, "product", LINE_FIELDS)
    if "quantity" in known:
        integer(known["quantity"], "quantity", 1, MAX_QUANTITY)
    if known.get("currency", currency) != currency:
        raise InvalidInput(f"currency must be {currency}")
    product: Product = {
        "productId": _label(known.get("productId"), "productId"),
        "name": _label(known.get("name"), "name"),
        "package": _package(known.get("package")),
        "price": integer(known.get("price"), "price", 0, MAX_INT),
        "createdDate": timestamp(now),
        "modifiedDate": timestamp(now),
    }
    if "category" in known:
        product["category"] = _label(known["category"], "category")
    if "tags" in known:
        product["tags"] = _list(known["tags"], "tags", label)
    if "pictures" in known:
        product["pictures"] = _list(known["pictures"], "pictures", text)
    if len(jsons.dumps(product).encode()) > MAX_BYTES:
        raise InvalidInput(f"the product is too large: it has more than {MAX_BYTES} bytes")
    return product


def _label(value: Any, name: str) -> str:
    return label(value, name, LENGTHS[name])


def _list(value: Any, name: str, check: Callable[[Any, str, int], str]) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise InvalidInput(f"{name} must be a list of at most {MAX_LIST} texts")
    return [check(item, name, LENGTHS[name]) for item in value]


def _package(value: Any) -> Package:
    given = fields(value, "package", DIMENSIONS)
    return cast("Package", {name: integer(given[name], f"package.{name}", 0, MAX_INT) for name in given})
