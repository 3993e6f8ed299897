"""What people do with carts: look, change a line, and take an anonymous cart along when they sign in."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cart_service.domain import (
    Cart,
    Catalogue,
    Product,
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
    def products(self, product_ids: Iterable[str]) -> Catalogue: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A cart with the products of its lines that the catalogue has."""

    cart: Cart
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Shopping:
    carts: Carts
    products: Products
    now: Callable[[], datetime]
    backoff: Backoff = field(default_factory=lambda: Backoff(max_attempts=MAX_ATTEMPTS))

    def look(self, user_id: str | None, cart_id: str | None) -> Shown | None:
        """The shopper's cart, empty at first; else the anonymous one, None when there is none."""
        if user_id is not None:
            return self._shown(self._present(key_of_user(user_id)) or Cart(key_of_user(user_id)))
        found = self._anonymous(cart_id)
        return self._shown(found) if found else None

    def change(
        self, user_id: str | None, cart_id: str | None, product_id: str, quantity: int, expected: int | None
    ) -> Shown:
        """Set the quantity of a product. Without a user and an id it makes an anonymous cart."""
        key = self._key(user_id, cart_id)
        asked: dict[str, Product] = {}
        for _ in self.backoff.attempts():
            before = self._present(key)
            if before is None and cart_id is not None and user_id is None:
                raise NoSuchCart
            before = before or Cart(key, version=self._stored_version(key))
            require_version(before, expected)
            missing = ({line.product_id for line in before.lines} | {product_id}) - asked.keys()
            catalogue = {**asked, **self.products.products(sorted(missing))}
            product = catalogue.get(product_id)
            if quantity and product is None:
                raise UnknownProduct(product_id)
            after = set_quantity(before, product, product_id, quantity)
            if after is before and (before.version or user_id is not None):
                return Shown(before, catalogue)
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
            before = self._present(key) or Cart(key, version=self._stored_version(key))
            if anonymous is None:
                return self._shown(before)
            after = merged(before, anonymous)
            catalogue = self.products.products(sorted(line.product_id for line in after.lines))
            require_affordable(after, catalogue)
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
        return self._present(key) if key and can_be_key(key) else None

    def _present(self, key: str) -> Cart | None:
        """The cart, unless it has expired."""
        cart = self.carts.find(key)
        if cart is None or expires_at(cart, self.now(), is_shoppers=is_shoppers(key)) <= self.now():
            return None
        return cart

    def _stored_version(self, key: str) -> int:
        """Of an expired cart that DynamoDB has not deleted yet, which a new one replaces; 0 without one."""
        cart = self.carts.find(key)
        return cart.version if cart else 0

    def _shown(self, cart: Cart) -> Shown:
        return Shown(cart, self.products.products(sorted(line.product_id for line in cart.lines)))
