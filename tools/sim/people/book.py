"""Facts of a run that scripts and invariants record: products, accepted orders, open work. Invariants and stories read
them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class StoryLine:
    at: float
    who: str
    text: str


@dataclass
class Price:
    """A price of the catalogue. `gone_at` is when the admin knew that it was replaced or that the product was gone."""

    amount: int
    gone_at: float | None = None


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
    """The beginning of the ids of products."""
    products: list[str] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=dict)
    """Initial units of each tracked product."""
    counted_in_the_day: set[str] = field(default_factory=set)
    """Products that were counted after the shop opened, again or for the first time."""
    counts: dict[str, set[int]] = field(default_factory=dict)
    """The units of each tracked product that the admin counted, or tried to."""
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By product, from its last count that was stored: the units on hand, and those that had left with packages."""
    counted_since: dict[str, float] = field(default_factory=dict)
    """When the first count of a product was stored."""
    prices: dict[str, list[Price]] = field(default_factory=dict)
    """All prices that a product had."""
    delivery_prices: dict[tuple[str, frozenset[tuple[str, int]]], int] = field(default_factory=dict)
    """What the delivery of these units to a country costs."""
    not_found: dict[str, set[str]] = field(default_factory=dict)
    """The products of which packers found no unit, by order."""
    accepted: dict[str, Accepted] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    """Payment tokens whose capture the provider declines."""
    too_little: set[str] = field(default_factory=set)
    """Payment tokens whose hold is below the order's total."""
    refusals: int = 0
    """Attempts that ended with a refusal."""
    without_answer: int = 0
    """Attempts that ended without an answer."""
    packing: set[str] = field(default_factory=set)
    delivering: set[str] = field(default_factory=set)
    story: list[StoryLine] = field(default_factory=list)
    closing: bool = False
    """The shops are empty: staff go home when nothing is left to do."""

    contacts: dict[str, str] = field(default_factory=dict)
    """The contact that a partner named, by order."""
    followed: dict[str, float] = field(default_factory=dict)
    """Since when a shopper follows an order: the time of the first answer of onOrderChanged."""
    asked_early: set[str] = field(default_factory=set)
    """Orders whose owners asked to return goods before they were delivered."""
    shipments: dict[str, dict[str, str]] = field(default_factory=dict)
    """The carrier and tracking number that a deliverer named, of orders whose start was confirmed."""
    delivered: list[str] = field(default_factory=list)
    """Orders that a deliverer brought."""
    checkout_carts: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    """By shopper who checks a cart out: the units of each product that were put in, as far as the shopper knows."""
    asked_about_return: set[str] = field(default_factory=set)
    """Delivered orders whose owners have decided whether they send goods back."""
    return_ids: list[str] = field(default_factory=list)
    """The ids of returns that shoppers ask for."""
    returns_cancelled: set[str] = field(default_factory=set)
    """Returns whose cancellation was confirmed."""
    goods_received: dict[str, list[dict[str, tuple[int, int]]]] = field(default_factory=dict)
    """By return: what clerks said, received units and those that can be sold again, by product."""
    refunds_declined: set[str] = field(default_factory=set)
    """Orders whose refunds the provider declines."""
    cancelled: set[str] = field(default_factory=set)
    """Orders whose cancellation was confirmed."""
    asked_to_cancel: set[str] = field(default_factory=set)
    """Orders whose owners asked to cancel them, whatever the answer was."""
    asked_to_deliver: set[str] = field(default_factory=set)
    """Orders for which a deliverer asked for completeDelivery."""
    asked_to_fail: set[str] = field(default_factory=set)
    """Orders for which a deliverer asked for failDelivery."""
    finished: set[str] = field(default_factory=set)
    """The people who worked in the evening until nothing was left to do."""
    refunds: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)
    """By cashier and token: the order, the amount that was asked for, and the last answer, empty without one."""
    refund_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    """By cashier and token: the id of a refund that was answered."""
    reported: list[tuple[str, str, str]] = field(default_factory=list)
    """What people saw that must not be: the promise, the order, and why."""

    def accept(self, answer: dict[str, Any], shopper: str, user_id: str, order: Mapping[str, Any]) -> None:
        """Note an accepted order. The same answer again changes nothing."""
        order_id, key = str(answer["orderId"]), str(order.get("clientToken") or order["paymentToken"])
        self.accepted.setdefault(
            order_id, Accepted(order_id, shopper, user_id, key, str(order["paymentToken"]), dict(answer))
        )

    def price_replaced(self, product_id: str, at: float, kept: int = 0) -> None:
        """All prices of the product but the last `kept` ones are gone."""
        prices = self.prices[product_id]
        for price in prices[: len(prices) - kept]:
            price.gone_at = price.gone_at or at

    def gone(self) -> list[str]:
        """The products that the admin has taken away."""
        return [product for product, prices in self.prices.items() if prices[-1].gone_at is not None]

    def report_broken(self, promise: str, about: str, why: str) -> None:
        self.reported.append((promise, about, why))

    def tell(self, at: float, who: str, text: str) -> None:
        self.story.append(StoryLine(at, who, text))
