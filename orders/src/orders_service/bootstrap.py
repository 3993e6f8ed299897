"""Creates the objects of the service on first use, once per execution environment."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import orders_service
from ecom.aws import dynamodb, signed_client
from ecom.runtime import Runtime
from orders_service.create_order import CreateOrder
from orders_service.repository import Orders, OrdersTable

if TYPE_CHECKING:
    from orders_service.clients import Warehouse

# createOrder makes four calls at once. Calls that an earlier request gave up on may still be running.
THREADS = 12

runtime = Runtime(orders_service.__file__)


def currency() -> str:
    """The currency of all prices."""
    return os.environ["CURRENCY"]


@cache
def orders() -> Orders:
    return OrdersTable(dynamodb(), os.environ["TABLE_NAME"], os.environ["PAYMENT_TOKENS_TABLE_NAME"])


@cache
def warehouse() -> "Warehouse":
    from orders_service.clients import SignedWarehouse

    return SignedWarehouse(signed_client(), os.environ["WAREHOUSE_API_URL"])


@cache
def create_order() -> CreateOrder:
    from orders_service.clients import SignedChecks
    from orders_service.payment_tokens import PaymentTokensTable

    tokens = PaymentTokensTable(
        dynamodb(),
        os.environ["PAYMENT_TOKENS_TABLE_NAME"],
        lifetime=timedelta(seconds=int(os.environ["RESERVATION_SECONDS"])),
        most=int(os.environ["MAX_UNFINISHED_ORDERS"]),
    )
    checks = SignedChecks(
        signed_client(),
        products=os.environ["PRODUCTS_API_URL"],
        delivery_pricing=os.environ["DELIVERY_PRICING_API_URL"],
        payment=os.environ["PAYMENT_API_URL"],
    )
    threads = ThreadPoolExecutor(THREADS)
    return CreateOrder(orders(), tokens, checks, warehouse(), threads, time.monotonic, currency())
