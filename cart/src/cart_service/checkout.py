"""Checkout: the shopper's cart becomes an order.

Guarantees: the lines are those of the cart when the checkout was stored; a repeat asks for the same order, whatever the
cart holds by then, until that order is refused. createOrder decides, so all its promises hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from cart_service.checkout_requests import Request
from cart_service.checkouts import Checkout, Checkouts
from cart_service.domain import Cart
from cart_service.repository import Carts
from cart_service.rows import key_of_user
from cart_service.shopping import MAX_ATTEMPTS, present_cart
from ecom.backoff import Backoff
from ecom.create_order_client import OrderRefused, Orders, order_of
from ecom.order_client import OrderReader
from ecom.order_requests import attempt_of

EMPTY_CART, CART_CHANGED = "EMPTY_CART", "CART_CHANGED"


@dataclass(frozen=True, slots=True)
class Ordered:
    """`is_new`: this request was the first with its token."""

    order: Mapping[str, Any]
    is_new: bool


@dataclass(frozen=True, slots=True)
class CheckOut:
    carts: Carts
    checkouts: Checkouts
    orders: Orders
    existing: OrderReader
    now: Callable[[], datetime]
    backoff: Backoff = field(default_factory=lambda: Backoff(max_attempts=MAX_ATTEMPTS))

    def run(self, user_id: str, request: Request, request_id: str) -> Ordered:
        """Raises OrderRefused, InvalidInput, and TryAgain: the same request may succeed."""
        attempt = attempt_of(request_id, self.now())
        order_id, new = request.order_id(user_id), partial(self._checkout, user_id, request)
        checkout, is_new = self.checkouts.claim(
            order_id, request.content_hash(), attempt, new, self.existing, self.backoff
        )
        answer = self.orders.create(request.order(checkout.quantities), user_id)
        return Ordered(order_of(answer, lambda: self.checkouts.leave(order_id, attempt, self.now())), is_new)

    def _checkout(self, user_id: str, request: Request) -> Checkout:
        """What the cart holds at this moment. Raises OrderRefused."""
        now = self.now()
        cart = present_cart(self.carts, key_of_user(user_id), now)
        found = problems_of(cart, request)
        if found:
            raise OrderRefused(found)
        return Checkout(
            request.order_id(user_id), user_id, {line.product_id: line.quantity for line in cart.lines}, now
        )


def problems_of(cart: Cart, request: Request) -> list[dict[str, Any]]:
    """Why the cart is not the one that the request expects. Pure."""
    found = []
    if request.cart_version not in (None, cart.version):
        versions = {"expected": cart.version, "given": request.cart_version}
        found.append(_problem(CART_CHANGED, "the cart was changed meanwhile; read it again", **versions))
    if not cart.lines:
        return [*found, _problem(EMPTY_CART, "the cart is empty")]
    missing = [product_id for product_id in request.prices or () if not cart.quantity_of(product_id)]
    return found + [
        _problem(CART_CHANGED, f"the cart has no product {product_id!r}", productId=product_id)
        for product_id in missing
    ]


def _problem(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "message": message, **more}
