"""The composition root: everything is made on first use, once per container."""

from datetime import UTC, datetime

import delivery_service
from delivery_service import config
from delivery_service.repository import Deliveries, DeliveriesTable
from ecom.aws import client, signed_client
from ecom.dead_letters import DeadLetters
from ecom.lazy import once
from ecom.orders import Orders, SignedOrders
from ecom.publish import Publisher
from ecom.queue import Queue
from ecom.schemas import Schemas


@once
def deliveries() -> Deliveries:
    return DeliveriesTable(client("dynamodb"), config.table_name())


@once
def orders() -> Orders:
    return SignedOrders(signed_client(), config.orders_url())


@once
def packages_queue() -> Queue:
    return Queue(client("sqs"), config.packages_queue_url())


@once
def publisher() -> Publisher:
    return Publisher(client("events"), config.event_bus_name(), schemas())


@once
def schemas() -> Schemas:
    return Schemas.of_service(delivery_service.__file__)


@once
def dead_letters() -> DeadLetters:
    return DeadLetters(client("sqs"), config.dead_letter_queue_url())


def now() -> datetime:
    return datetime.now(UTC)
