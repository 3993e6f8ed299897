"""The body of POST /orders: validated, and hashed, so that a repeat of its reference is recognised. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecom.errors import InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_LINES, MAX_QUANTITY, MAX_TOKEN_LENGTH
from ecom.mail_address import can_receive_mail
from ecom.order_input import address_of, hash_of
from ecom.validation import fields, integer, label, text

FIELDS = ("reference", "products", "address", "paymentToken", "contact")
MAX_REFERENCE_LENGTH = 64
MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class PartnerOrder:
    """Valid input. createOrder checks the address."""

    reference: str
    quantities: Mapping[str, int]
    address: Mapping[str, str]
    payment_token: str
    email: str | None = None

    def content_hash(self) -> str:
        content = [sorted(self.quantities.items()), sorted(self.address.items()), self.payment_token, self.email]
        return hash_of(content)

    def as_input(self) -> dict[str, Any]:
        """The input of createOrder. All prices are the server's."""
        return {
            "products": [{"productId": key, "quantity": quantity} for key, quantity in self.quantities.items()],
            "address": dict(self.address),
            "paymentToken": self.payment_token,
            "clientToken": self.reference,
        }


def read_order(body: Mapping[str, Any]) -> PartnerOrder:
    """Raises InvalidInput."""
    given = fields(body, "the body", FIELDS)
    return PartnerOrder(
        reference_of(given.get("reference")),
        _quantities(given.get("products")),
        address_of(given.get("address")),
        text(given.get("paymentToken"), "paymentToken", MAX_TOKEN_LENGTH),
        _email(given["contact"]) if "contact" in given else None,
    )


def reference_of(value: Any) -> str:
    return label(value, "reference", MAX_REFERENCE_LENGTH)


def _quantities(value: Any) -> dict[str, int]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    quantities: dict[str, int] = {}
    for index, each in enumerate(value):
        name = f"products[{index}]"
        given = fields(each, name, ("productId", "quantity"))
        product_id = text(given.get("productId"), f"{name}.productId", MAX_ID_LENGTH)
        quantity = integer(given.get("quantity"), f"{name}.quantity", 1, MAX_QUANTITY)
        quantities[product_id] = integer(
            quantities.get(product_id, 0) + quantity, f"the quantity of {product_id!r} in all lines", 1, MAX_QUANTITY
        )
    return quantities


def _email(value: Any) -> str | None:
    given = fields(value, "contact", ("email",))
    if "email" not in given:
        return None
    email = label(given["email"], "contact.email", MAX_EMAIL_LENGTH)
    if not (_EMAIL.fullmatch(email) and can_receive_mail(email)):
        raise InvalidInput("contact.email must be an e-mail address of ASCII characters, without quotes and comments")
    return email
