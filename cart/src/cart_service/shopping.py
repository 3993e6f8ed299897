"""What people do with carts: look, change a line, and take an anonymous cart along when they sign in."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cart_service.domain import (
    Cart,
    Product,
    ProductsById,
    expires_at,
    merged,
    require_affordable,
    require_version,
    set_quantity,
)
from cart_service.errors import NoSuchCart, TooManyConflicts, UnknownProduct
from cart_service.repository import Carts
from cart_service.rows import is_shoppers, key_of_anonymous, key_of_user
from ecom.backoff import Backoff
from ecom.dynamo import TableBusy, can_be_key

MAX_ATTEMPTS = 10
ID_BYTES = 24  # 192 random bits: who holds the id holds the cart


class Products(Protocol):
    def products(self, product_ids: Iterable[str]) -> ProductsById: ...


def present_cart(carts: Carts, key: str, now: datetime) -> Cart:
    """The cart, without lines and `changed_at` when there is none or it has expired.

    An expired cart that DynamoDB has not deleted yet keeps its version, which a new cart goes on from. Lines and
    version come from one read: the write's condition on the version then covers the lines too.
    """
    cart = carts.find(key)
    if cart is None:
        return Cart(key)
    if expires_at(cart, now, is_shoppers=is_shoppers(key)) <= now:
        return Cart(key, version=cart.version)
    return cart


@dataclass(frozen=True, slots=True)
class Shown:
    """A cart with the products of its lines that the catalogue has."""

    cart: Cart
    catalogue: ProductsById


@dataclass(frozen=True, slots=True)
class Shopping:
    carts: Carts
    products: Products
    now: Callable[[], datetime]
    backoff: Backoff = field(default_factory=lambda: Backoff(max_attempts=MAX_ATTEMPTS))

    def look(self, user_id: str | None, cart_id: str | None) -> Shown | None:
        """The shopper's cart, empty at first; else the anonymous one, None when there is none."""
        if user_id is not None:
            return self._shown(self._read(key_of_user(user_id)))
        found = self._anonymous(cart_id)
        return self._shown(found) if found else None

    def change(
        self, user_id: str | None, cart_id: str | None, product_id: str, quantity: int, expected: int | None
    ) -> Shown:
        """Set the quantity of a product. Without a user and an id it makes an anonymous cart."""
        key = self._key(user_id, cart_id)
        asked: dict[str, Product] = {}
        for _ in self.backoff.attempts():
            before = self._read(key)
            if before.changed_at is None and cart_id is not None and user_id is None:
                raise NoSuchCart
            require_version(before, expected)
            missing = ({line.product_id for line in before.lines} | {product_id}) - asked.keys()
            catalogue = {**asked, **self.products.products(sorted(missing))}
            product = catalogue.get(product_id)
            if quantity and product is None:
                raise UnknownProduct(product_id)
            after = set_quantity(before, product, product_id, quantity)
            if after is before and (before.version or user_id is not None):
                return Shown(before, catalogue)
            if quantity > before.quantity_of(product_id):  # prices may have risen: taking units out helps
                require_affordable(after, catalogue)
            try:
                written = self.carts.write(before, after, self.now())
            except TableBusy:
                continue
            if written is not None:
                return Shown(written, catalogue)
            asked = dict(catalogue)
        raise TooManyConflicts

    def merge(self, user_id: str, cart_id: str) -> Shown:
        """Take the anonymous cart's lines into the shopper's. An id that opens no anonymous cart changes nothing."""
        key = key_of_user(user_id)
        for _ in self.backoff.attempts():
            anonymous = self._anonymous(cart_id)
            before = self._read(key)
            if anonymous is None:
                return self._shown(before)
            asked = {line.product_id for line in (*before.lines, *anonymous.lines)}
            catalogue = self.products.products(sorted(asked))
            after = merged(before, anonymous, catalogue)
            try:
                written = self.carts.write_and_delete(before, after, anonymous, self.now())
            except TableBusy:
                continue
            if written is not None:
                return Shown(written, catalogue)
        raise TooManyConflicts

    def _key(self, user_id: str | None, cart_id: str | None) -> str:
        if user_id is not None:
            return key_of_user(user_id)
        if cart_id is None:
            return key_of_anonymous(secrets.token_urlsafe(ID_BYTES))
        key = key_of_anonymous(cart_id)
        if not can_be_key(key):
            raise NoSuchCart
        return key

    def _anonymous(self, cart_id: str | None) -> Cart | None:
        key = key_of_anonymous(cart_id) if cart_id else ""
        if not key or not can_be_key(key):
            return None
        cart = self._read(key)
        return cart if cart.changed_at is not None else None

    def _read(self, key: str) -> Cart:
        return present_cart(self.carts, key, self.now())

    def _shown(self, cart: Cart) -> Shown:
        return Shown(cart, self.products.products(sorted(line.product_id for line in cart.lines)))
