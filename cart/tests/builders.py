"""Carts for tests, with a catalogue that counts what it is asked."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from cart_service.domain import Cart, Line, Product
from ecom.errors import TryAgain

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"


def product(product_id: str = "kettle", price: int = 3990, **changes: Any) -> Product:
    return Product(product_id, product_id.capitalize(), price, {"weight": 900}, (f"{product_id}.jpg",), **changes)


def line(product_id: str = "kettle", quantity: int = 1, price: int = 3990) -> Line:
    return Line(product_id, quantity, product_id.capitalize(), price)


def cart(*lines: Line, key: str = "user#1", version: int = 1) -> Cart:
    return Cart(key, lines, version, NOON)


class CatalogueInMemory:
    def __init__(self, *products: Product) -> None:
        self.known = {each.product_id: each for each in products}
        self.asked: list[list[str]] = []
        self.is_down = False

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        wanted = list(product_ids)
        if wanted:
            self.asked.append(wanted)
        if self.is_down:
            raise TryAgain("products does not answer")
        return {one: self.known[one] for one in wanted if one in self.known}
