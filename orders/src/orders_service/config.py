"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    orders: str
    payment_tokens: str


@dataclass(frozen=True, slots=True)
class CheckUrls:
    """Where the services are that check a new order."""

    products: str
    delivery_pricing: str
    payment: str


def tables() -> Tables:
    return Tables(orders=os.environ["TABLE_NAME"], payment_tokens=os.environ["PAYMENT_TOKENS_TABLE_NAME"])


def check_urls() -> CheckUrls:
    return CheckUrls(
        products=os.environ["PRODUCTS_API_URL"],
        delivery_pricing=os.environ["DELIVERY_PRICING_API_URL"],
        payment=os.environ["PAYMENT_API_URL"],
    )


def warehouse_url() -> str:
    return os.environ["WAREHOUSE_API_URL"]


def event_bus_name() -> str:
    return os.environ["EVENT_BUS_NAME"]


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]
