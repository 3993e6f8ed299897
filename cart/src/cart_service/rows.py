"""Conversion between items of the table and carts. Pure.

The key of an item is `user#{sub}` or `anonymous#{cartId}`, so no id opens the cart of a shopper.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from cart_service.domain import Cart, Line, expires_at
from ecom.dynamo import Item
from ecom.times import timestamp

USER, ANONYMOUS = "user#", "anonymous#"
# DynamoDB deletes a cart a day after it expired. It never decides that a cart has expired.
KEEP = timedelta(days=1)
_IDS = UUID("3a0f6f0a-2c44-4e39-9b6c-0c9f3d0b7e55")


def key_of_user(user_id: str) -> str:
    return f"{USER}{user_id}"


def key_of_anonymous(cart_id: str) -> str:
    return f"{ANONYMOUS}{cart_id}"


def is_shoppers(key: str) -> bool:
    return key.startswith(USER)


def cart_id_of(key: str) -> str:
    """The id of an anonymous cart opens it; that of a shopper's cart is a name, which opens nothing."""
    return str(uuid5(_IDS, key)) if is_shoppers(key) else key.removeprefix(ANONYMOUS)


def item_from_cart(cart: Cart, now: datetime) -> Item:
    """The item of a cart that was changed now."""
    ends = expires_at(Cart(cart.key), now, is_shoppers=is_shoppers(cart.key))
    return {
        "cartKey": cart.key,
        "version": cart.version,
        "changedDate": timestamp(now),
        "lines": [
            {"productId": line.product_id, "quantity": line.quantity, "name": line.name, "price": line.price}
            for line in cart.lines
        ],
        "writes": list(cart.writes),
        "forgetAt": int((ends + KEEP).timestamp()),
    }


def cart_from_item(item: Mapping[str, Any]) -> Cart:
    lines = tuple(
        Line(str(line["productId"]), int(line["quantity"]), str(line["name"]), int(line["price"]))
        for line in item["lines"]
    )
    changed_at, writes = datetime.fromisoformat(item["changedDate"]), tuple(map(str, item.get("writes", ())))
    return Cart(str(item["cartKey"]), lines, int(item["version"]), changed_at, writes)
