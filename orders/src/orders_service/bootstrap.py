"""The composition root: everything is made on first use, once per container."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import orders_service
from ecom.aws import client, signed_client
from ecom.dead_letters import DeadLetters
from ecom.publish import Publisher
from ecom.schemas import Schemas
from orders_service import config
from orders_service.create_order import Placing
from orders_service.repository import Orders, OrdersTable

if TYPE_CHECKING:
    from orders_service.clients import Warehouse

# Three calls at once, and room for some that an earlier request gave up on.
THREADS = 9


@cache
def orders() -> Orders:
    tables = config.tables()
    return OrdersTable(client("dynamodb"), tables.orders, tables.payment_tokens)


@cache
def warehouse() -> "Warehouse":
    from orders_service.clients import SignedWarehouse

    return SignedWarehouse(signed_client(), config.warehouse_url())


@cache
def placing() -> Placing:
    from orders_service.clients import SignedChecks

    checks = SignedChecks(signed_client(), config.check_urls())
    return Placing(orders(), checks, warehouse(), ThreadPoolExecutor(THREADS), time.monotonic)


@dataclass(frozen=True, slots=True)
class Announcing:
    publisher: Publisher
    dead_letters: DeadLetters


@cache
def announcing() -> Announcing:
    return Announcing(Publisher(client("events"), config.event_bus_name(), schemas()), dead_letters())


@cache
def schemas() -> Schemas:
    return Schemas.of_service(orders_service.__file__)


@cache
def dead_letters() -> DeadLetters:
    return DeadLetters(client("sqs"), config.dead_letter_queue_url())


def now() -> datetime:
    return datetime.now(UTC)
