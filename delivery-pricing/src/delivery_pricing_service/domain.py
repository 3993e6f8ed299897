"""The price of a delivery: how many boxes all units need, times the country's fee. Pure, and whole numbers only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from delivery_pricing_service.fees import BOX_CUBIC_MILLIMETRES, BOX_GRAMS, FEE_ELSEWHERE, FEES
from ecom.errors import InvalidInput
from ecom.limits import MAX_INT
from ecom.validation import fields, integer, text

MAX_LINES = 50
MAX_QUANTITY = 1_000
MAX_TEXT = 500
COUNTRY = re.compile(r"[A-Za-z]{2}")

SIZES = ("width", "length", "height", "weight")
LINE = (
    "productId",
    "name",
    "package",
    "price",
    "quantity",
    "category",
    "tags",
    "pictures",
    "createdDate",
    "modifiedDate",
)
ADDRESS = ("name", "companyName", "streetAddress", "postCode", "city", "state", "country", "phoneNumber")


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one product: each in millimetres and grams. What was never measured counts as nothing."""

    quantity: int
    width: int = 0
    length: int = 0
    height: int = 0
    weight: int = 0


def quote(products: Any, address: Any) -> int:
    """The price for products and an address as they were given. Raises InvalidInput that says what, and where."""
    if not isinstance(products, list) or not 1 <= len(products) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    lines = [read_line(line, f"products[{place}]") for place, line in enumerate(products)]
    asked = price(lines, read_country(address))
    if asked > MAX_INT:
        raise InvalidInput("products: this is more than can be delivered at once")
    return asked


def read_line(given: Any, name: str) -> Line:
    line = fields(given, name, LINE)
    if "package" not in line:
        raise InvalidInput(f"{name}.package must be an object")
    package = fields(line["package"], f"{name}.package", SIZES)
    sizes = {size: integer(value, f"{name}.package.{size}", 0, MAX_INT) for size, value in package.items()}
    return Line(integer(line.get("quantity", 1), f"{name}.quantity", 1, MAX_QUANTITY), **sizes)


def read_country(given: Any) -> str:
    """The address's country, in capitals. The rest of the address changes no price."""
    address = fields(given, "address", ADDRESS)
    for name, value in address.items():
        text(value, f"address.{name}", MAX_TEXT)
    country = address.get("country")
    if not isinstance(country, str) or not COUNTRY.fullmatch(country):
        raise InvalidInput("address.country must be a country's code of two letters")
    return country.upper()


def price(lines: Sequence[Line], country: str) -> int:
    """Two letters that no list knows pay the fee of elsewhere."""
    return boxes(lines) * FEES.get(country, FEE_ELSEWHERE)


def boxes(lines: Sequence[Line]) -> int:
    """As many as the volume or the weight of all units needs, whichever is more."""
    volume = sum(line.width * line.length * line.height * line.quantity for line in lines)
    weight = sum(line.weight * line.quantity for line in lines)
    return max(_ceil(volume, BOX_CUBIC_MILLIMETRES), _ceil(weight, BOX_GRAMS))


def _ceil(amount: int, of: int) -> int:
    return -(-amount // of)
