"""URLs of other services, from the function's environment. A missing variable raises KeyError on first use."""

import os
from dataclasses import dataclass


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
