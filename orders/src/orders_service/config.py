"""Settings from the template. A missing variable raises KeyError on first use."""

import os
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class CheckUrls:
    """The services that check a new order."""

    products: str
    delivery_pricing: str
    payment: str


def check_urls() -> CheckUrls:
    return CheckUrls(
        products=os.environ["PRODUCTS_API_URL"],
        delivery_pricing=os.environ["DELIVERY_PRICING_API_URL"],
        payment=os.environ["PAYMENT_API_URL"],
    )


def reservation_lifetime() -> timedelta:
    """How long the warehouse keeps stock for an order that does not exist yet."""
    return timedelta(seconds=int(os.environ["RESERVATION_SECONDS"]))


def most_unfinished() -> int:
    """How many orders of one user may hold stock without anybody knowing whether they exist."""
    return int(os.environ["MAX_UNFINISHED_ORDERS"])
