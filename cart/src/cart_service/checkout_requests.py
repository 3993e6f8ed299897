"""The body of POST /checkout: validated, and hashed, so that a repeat is recognised. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecom.errors import InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_INT, MAX_LINES, MAX_TOKEN_LENGTH
from ecom.order_ids import order_id_of
from ecom.order_input import address_of, hash_of
from ecom.validation import fields, integer, text

FIELDS = ("address", "paymentToken", "deliveryPrice", "total", "prices", "cartVersion", "clientToken")


@dataclass(frozen=True, slots=True)
class Request:
    """Valid input. createOrder checks the address, and what is given of the prices."""

    address: Mapping[str, str]
    payment_token: str
    delivery_price: int | None = None
    total: int | None = None
    prices: Mapping[str, int] | None = None
    cart_version: int | None = None
    client_token: str | None = None

    def order_id(self, user_id: str) -> str:
        return order_id_of(user_id, self.client_token or self.payment_token)

    def content_hash(self) -> str:
        prices = None if self.prices is None else sorted(self.prices.items())
        content = [sorted(self.address.items()), self.payment_token, self.delivery_price, self.total, prices]
        return hash_of([*content, self.cart_version])

    def order(self, quantities: Mapping[str, int]) -> dict[str, Any]:
        """The input of createOrder for these units. What it leaves out is the server's."""
        prices = self.prices or {}
        lines = [
            {"productId": product_id, "quantity": quantity}
            | ({"price": prices[product_id]} if product_id in prices else {})
            for product_id, quantity in quantities.items()
        ]
        given = {"deliveryPrice": self.delivery_price, "total": self.total, "clientToken": self.client_token}
        return {
            "products": lines,
            "address": dict(self.address),
            "paymentToken": self.payment_token,
            **{name: value for name, value in given.items() if value is not None},
        }


def read_request(body: Mapping[str, Any]) -> Request:
    """Raises InvalidInput."""
    given = fields(body, "the body", FIELDS)
    return Request(
        address=address_of(given.get("address")),
        payment_token=text(given.get("paymentToken"), "paymentToken", MAX_TOKEN_LENGTH),
        delivery_price=_whole(given, "deliveryPrice"),
        total=_whole(given, "total"),
        prices=_prices(given["prices"]) if "prices" in given else None,
        cart_version=_whole(given, "cartVersion"),
        client_token=text(given["clientToken"], "clientToken", MAX_TOKEN_LENGTH) if given.get("clientToken") else None,
    )


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    return integer(given[name], name, 0, MAX_INT) if name in given else None


def _prices(value: Any) -> dict[str, int]:
    if not isinstance(value, list) or len(value) > MAX_LINES:
        raise InvalidInput(f"prices must be a list of at most {MAX_LINES} prices")
    prices: dict[str, int] = {}
    for index, each in enumerate(value):
        given = fields(each, f"prices[{index}]", ("productId", "price"))
        product_id = text(given.get("productId"), f"prices[{index}].productId", MAX_ID_LENGTH)
        if product_id in prices:
            raise InvalidInput(f"prices[{index}]: the product has another price in this list")
        prices[product_id] = integer(given.get("price"), f"prices[{index}].price", 0, MAX_INT)
    return prices
