"""The rules of carts. Pure.

A cart has lines, one for each product, in the order in which they were put in. Every change raises its version. It
expires some days after its last change; an expired cart is as good as none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cart_service.errors import VersionConflict
from ecom.errors import InvalidInput
from ecom.limits import MAX_INT, MAX_LINES, MAX_QUANTITY

ANONYMOUS_LIFETIME = timedelta(days=7)
SHOPPERS_LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Product:
    """As the catalogue has it now."""

    product_id: str
    name: str
    price: int
    package: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()


ProductsById = Mapping[str, Product]


@dataclass(frozen=True, slots=True)
class Line:
    """`name` and `price` are those of the moment at which the line was put in."""

    product_id: str
    quantity: int
    name: str
    price: int


@dataclass(frozen=True, slots=True)
class Cart:
    """`key` is that of its row: it says whose cart it is. A cart that is not stored has the version 0. `writes` are the
    ids of its last writes, the latest one first."""

    key: str
    lines: tuple[Line, ...] = ()
    version: int = 0
    changed_at: datetime | None = None
    writes: tuple[str, ...] = ()

    def quantity_of(self, product_id: str) -> int:
        return next((line.quantity for line in self.lines if line.product_id == product_id), 0)


def set_quantity(cart: Cart, product: Product | None, product_id: str, quantity: int) -> Cart:
    """The cart with so many units of the product; 0 takes its line out. The same object when nothing changes.

    `product` is the catalogue's, and None only for a line that is taken out. Raises InvalidInput.
    """
    if cart.quantity_of(product_id) == quantity:
        return cart
    if quantity == 0:
        return replace(cart, lines=tuple(line for line in cart.lines if line.product_id != product_id))
    name, price = (product.name, product.price) if product else ("", 0)
    wanted = _with_quantity(cart, Line(product_id, quantity, name, price))
    if len(wanted.lines) > MAX_LINES:
        raise InvalidInput(f"a cart has at most {MAX_LINES} lines")
    return wanted


def merged(own: Cart, anonymous: Cart, catalogue: ProductsById) -> Cart:
    """The shopper's cart with the lines of the anonymous one. Quantities of a product add up. What would be more than a
    line, a cart or a subtotal may have stays out."""
    cart = own
    for line in anonymous.lines:
        quantity = min(MAX_QUANTITY, cart.quantity_of(line.product_id) + line.quantity)
        wanted = _with_quantity(cart, replace(line, quantity=quantity))
        if len(wanted.lines) <= MAX_LINES and subtotal(wanted, catalogue) <= MAX_INT:
            cart = wanted
    return cart


def _with_quantity(cart: Cart, wanted: Line) -> Cart:
    """The cart with so many units of the line's product. A line that is there keeps its name and price."""
    if not cart.quantity_of(wanted.product_id):
        return replace(cart, lines=(*cart.lines, wanted))
    lines = (
        replace(line, quantity=wanted.quantity) if line.product_id == wanted.product_id else line for line in cart.lines
    )
    return replace(cart, lines=tuple(lines))


def without(cart: Cart, ordered: Mapping[str, int]) -> Cart:
    """The cart after an order: each line falls by the ordered units, never below 0. The same object when nothing
    changes."""
    if not any(line.product_id in ordered for line in cart.lines):
        return cart
    left = (replace(line, quantity=line.quantity - ordered.get(line.product_id, 0)) for line in cart.lines)
    return replace(cart, lines=tuple(line for line in left if line.quantity > 0))


def subtotal(cart: Cart, catalogue: ProductsById) -> int:
    """Of the lines that the catalogue has, at today's prices."""
    return sum(line.quantity * catalogue[line.product_id].price for line in cart.lines if line.product_id in catalogue)


def require_affordable(cart: Cart, catalogue: ProductsById) -> None:
    """Raises InvalidInput when GraphQL could not show the subtotal."""
    if subtotal(cart, catalogue) > MAX_INT:
        raise InvalidInput(f"the subtotal must be at most {MAX_INT}")


def require_version(cart: Cart, expected: int | None) -> None:
    if expected is not None and cart.version != expected:
        raise VersionConflict(cart.version)


def expires_at(cart: Cart, now: datetime, *, is_shoppers: bool) -> datetime:
    lifetime = SHOPPERS_LIFETIME if is_shoppers else ANONYMOUS_LIFETIME
    return (cart.changed_at or now) + lifetime
