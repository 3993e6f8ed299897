"""What people know of the run: products, accepted orders, open work. Invariants and stories read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Told:
    at: float
    who: str
    text: str


@dataclass
class Accepted:
    """An order that createOrder answered with success."""

    order_id: str
    shopper: str
    user_id: str
    key: str
    payment_token: str
    order: dict[str, Any]


@dataclass
class Book:
    prefix: str = "p"
    """Of the ids of products."""
    products: list[str] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=dict)
    """Initial units of each tracked product."""
    restocked: set[str] = field(default_factory=set)
    prices: dict[str, set[int]] = field(default_factory=dict)
    """All prices that a product had."""
    accepted: dict[str, Accepted] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    """Payment tokens whose capture the provider declines."""
    refusals: int = 0
    unknown: int = 0
    packing: set[str] = field(default_factory=set)
    delivering: set[str] = field(default_factory=set)
    story: list[Told] = field(default_factory=list)
    closing: bool = False
    """The shops are empty: staff go home when nothing is left to do."""

    cancelled: set[str] = field(default_factory=set)
    """Orders whose cancellation was confirmed."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """What people saw that must not be: the order, and why."""

    def accept(self, answer: dict[str, Any], shopper: str, user_id: str, order: Mapping[str, Any]) -> None:
        """Note an accepted order. The same answer again changes nothing."""
        order_id, key = str(answer["orderId"]), str(order.get("clientToken") or order["paymentToken"])
        self.accepted.setdefault(
            order_id, Accepted(order_id, shopper, user_id, key, str(order["paymentToken"]), dict(answer))
        )

    def tell(self, at: float, who: str, text: str) -> None:
        self.story.append(Told(at, who, text))
