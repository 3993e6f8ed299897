"""The cart and its checkout, as a signed-in shopper uses them."""

from collections.abc import Mapping
from typing import Any

from ecom_client.graphql_types import Cart
from ecom_client.journey import Client
from ecom_client.platform import Answer, send
from ecom_client.polling import poll

CART = """
  cartId currency version subtotal expiresAt
  lines { productId name quantity price priceBefore available pictures package { width length height weight } }
"""


class Carts:
    """The cart of one shopper."""

    def __init__(self, shopper: Client) -> None:
        self._shopper = shopper

    def read(self) -> Cart:
        cart: Cart = self._shopper.ask(f"{{ getCart {{ {CART} }} }}")
        return cart

    def put(self, product_id: str, quantity: int) -> Cart:
        query = f"mutation M($input: UpdateCartInput!) {{ updateCart(input: $input) {{ {CART} }} }}"
        cart: Cart = self._shopper.ask(query, input={"productId": product_id, "quantity": quantity})
        return cart

    def check_out(self, body: Mapping[str, Any], seconds: float = 60) -> Answer:
        """The answer of POST /checkout, refusals included. Sends the same request again after a 503, as storefronts
        do."""
        url = self._shopper.platform.parameter("cart/api/url") + "/checkout"
        headers = {"Authorization": self._shopper.person.id_token}
        self._shopper.report_order(str(body.get("clientToken") or body.get("paymentToken") or ""))
        return poll(lambda: send("POST", url, dict(body), headers), lambda answer: answer.status != 503, seconds)
