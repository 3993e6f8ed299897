"""The price of a delivery: the boxes that all units need, times the fee of the country. Pure, integers only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from delivery_pricing_service.fees import BOX_CUBIC_MILLIMETRES, BOX_GRAMS, FEE_ELSEWHERE, FEES
from ecom.errors import InvalidInput
from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, LINE_FIELDS, MAX_INT, MAX_LINES, MAX_NAME_LENGTH, MAX_QUANTITY
from ecom.validation import fields, integer, is_blank, text

COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one product, in millimetres and grams. A dimension that is not known counts as 0."""

    quantity: int
    width: int = 0
    length: int = 0
    height: int = 0
    weight: int = 0


def quote(products: Any, address: Any) -> int:
    """The price for products and an address from a request. Raises InvalidInput that names the field."""
    if not isinstance(products, list) or not 1 <= len(products) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    lines = [read_line(line, f"products[{index}]") for index, line in enumerate(products)]
    quoted = price(lines, read_country(address))
    if quoted > MAX_INT:
        raise InvalidInput(f"products: the price of their delivery must be at most {MAX_INT}")
    return quoted


def read_line(given: Any, name: str) -> Line:
    line = fields(given, name, LINE_FIELDS)
    if "package" not in line:
        raise InvalidInput(f"{name}.package must be an object")
    package = fields(line["package"], f"{name}.package", DIMENSIONS)
    sizes = {size: integer(value, f"{name}.package.{size}", 0, MAX_INT) for size, value in package.items()}
    return Line(integer(line.get("quantity", 1), f"{name}.quantity", 1, MAX_QUANTITY), **sizes)


def read_country(given: Any) -> str:
    """The country of the address, in capitals. The other fields do not change the price, and each may be blank:
    createOrder takes blank optional fields for absent ones, and getOrder answers an absent phone number as ""."""
    address = fields(given, "address", ADDRESS_FIELDS)
    for name, value in address.items():
        if name != "country" and not is_blank(value):
            text(value, f"address.{name}", MAX_NAME_LENGTH)
    country = address.get("country")
    if not isinstance(country, str) or not COUNTRY.fullmatch(country):
        raise InvalidInput("address.country must be a country code of two letters")
    return country.upper()


def price(lines: Sequence[Line], country: str) -> int:
    """Country codes that are not listed cost `FEE_ELSEWHERE`."""
    return boxes(lines) * FEES.get(country, FEE_ELSEWHERE)


def boxes(lines: Sequence[Line]) -> int:
    """The boxes that the volume or the weight of all units needs, whichever is more."""
    volume = sum(line.width * line.length * line.height * line.quantity for line in lines)
    weight = sum(line.weight * line.quantity for line in lines)
    return max(_ceil(volume, BOX_CUBIC_MILLIMETRES), _ceil(weight, BOX_GRAMS))


def _ceil(amount: int, of: int) -> int:
    return -(-amount // of)
