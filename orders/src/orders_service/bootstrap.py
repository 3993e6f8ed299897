"""Creates the objects of the service on first use, once per execution environment."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

import orders_service
from ecom.aws import client, signed_client
from ecom.runtime import Runtime
from orders_service import config
from orders_service.create_order import CreateOrder
from orders_service.repository import Orders, OrdersTable

if TYPE_CHECKING:
    from orders_service.clients import Warehouse

# createOrder makes four calls at once. Calls that an earlier request gave up on may still be running.
THREADS = 12

runtime = Runtime(orders_service.__file__)


@cache
def orders() -> Orders:
    return OrdersTable(client("dynamodb"), os.environ["TABLE_NAME"], os.environ["PAYMENT_TOKENS_TABLE_NAME"])


@cache
def warehouse() -> "Warehouse":
    from orders_service.clients import SignedWarehouse

    return SignedWarehouse(signed_client(), os.environ["WAREHOUSE_API_URL"])


@cache
def create_order() -> CreateOrder:
    from orders_service.clients import SignedChecks
    from orders_service.payment_tokens import PaymentTokensTable

    tokens = PaymentTokensTable(
        client("dynamodb"),
        os.environ["PAYMENT_TOKENS_TABLE_NAME"],
        config.reservation_lifetime(),
        config.most_unfinished(),
    )
    checks = SignedChecks(signed_client(), config.check_urls())
    return CreateOrder(orders(), tokens, checks, warehouse(), ThreadPoolExecutor(THREADS), time.monotonic)
