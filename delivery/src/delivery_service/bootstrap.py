"""The composition root: everything is made on first use, once per container."""

from datetime import UTC, datetime
from functools import cache

import delivery_service
from delivery_service import config
from delivery_service.repository import Deliveries, DeliveriesTable
from ecom.aws import client, signed_client
from ecom.dead_letters import DeadLetters
from ecom.message_queue import Queue
from ecom.order_client import OrderReader, OrdersClient
from ecom.publish import Publisher
from ecom.schemas import Schemas


@cache
def deliveries() -> Deliveries:
    return DeliveriesTable(client("dynamodb"), config.table_name())


@cache
def orders() -> OrderReader:
    return OrdersClient(signed_client(), config.orders_url())


@cache
def packages_queue() -> Queue:
    return Queue(client("sqs"), config.packages_queue_url())


@cache
def publisher() -> Publisher:
    return Publisher(client("events"), config.event_bus_name(), schemas())


@cache
def schemas() -> Schemas:
    return Schemas.of_service(delivery_service.__file__)


@cache
def dead_letters() -> DeadLetters:
    return DeadLetters(client("sqs"), config.dead_letter_queue_url())


def now() -> datetime:
    return datetime.now(UTC)
