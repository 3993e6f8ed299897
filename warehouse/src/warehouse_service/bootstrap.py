"""The composition root: everything is made on first use, once per container."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import warehouse_service
from ecom.aws import client
from ecom.dead_letters import DeadLetters
from ecom.publish import Publisher
from ecom.schemas import Schemas
from warehouse_service.config import announce_config, config, dead_letter_queue_url, reservation_lifetime
from warehouse_service.repository import Warehouse, WarehouseTable


@cache
def warehouse() -> Warehouse:
    settings = config()
    return WarehouseTable(client("dynamodb"), settings.table_name, settings.low_stock)


@cache
def lifetime() -> timedelta:
    return reservation_lifetime()


@cache
def schemas() -> Schemas:
    return Schemas.of_service(warehouse_service.__file__)


@cache
def dead_letters() -> DeadLetters:
    return DeadLetters(client("sqs"), dead_letter_queue_url())


@dataclass(frozen=True, slots=True)
class Announcing:
    publisher: Publisher
    low_stock: int


@cache
def announcing() -> Announcing:
    settings = announce_config()
    return Announcing(Publisher(client("events"), settings.event_bus_name, schemas()), settings.low_stock)


def now() -> datetime:
    return datetime.now(UTC)
