"""A cart as the GraphQL schema has it. Pure."""

from datetime import datetime
from typing import Any

from cart_service.domain import Line, Product, expires_at, subtotal
from cart_service.rows import cart_id_of, is_shoppers
from cart_service.shopping import Shown
from ecom.limits import MAX_INT
from ecom.times import timestamp


def to_graphql(shown: Shown, currency: str, now: datetime) -> dict[str, Any]:
    cart, catalogue = shown.cart, shown.catalogue
    return {
        "cartId": cart_id_of(cart.key),
        "currency": currency,
        "version": cart.version,
        "lines": [_line(line, catalogue.get(line.product_id)) for line in cart.lines],
        # Prices may have risen since the lines were put in. GraphQL refuses a larger number, and with it the cart.
        "subtotal": min(subtotal(cart, catalogue), MAX_INT),
        "expiresAt": timestamp(expires_at(cart, now, is_shoppers=is_shoppers(cart.key))),
    }


def _line(line: Line, product: Product | None) -> dict[str, Any]:
    """A product that the catalogue has no more keeps the name and price of the moment at which it was put in."""
    shown = product or Product(line.product_id, line.name, line.price)
    return {
        "productId": line.product_id,
        "name": shown.name,
        "quantity": line.quantity,
        "pictures": list(shown.pictures),
        "package": dict(shown.package) if product else None,
        "price": shown.price,
        "priceBefore": None if shown.price == line.price else line.price,
        "available": product is not None,
    }
