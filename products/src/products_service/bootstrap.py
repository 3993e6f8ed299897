"""The composition root: everything is made on first use, once per container."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import products_service
from ecom.aws import client
from ecom.dead_letters import DeadLetters
from ecom.publish import Publisher
from ecom.schemas import Schemas
from products_service.config import announce_config, config
from products_service.repository import Products, ProductsTable


@cache
def products() -> Products:
    return ProductsTable(client("dynamodb"), config().table_name)


@dataclass(frozen=True, slots=True)
class Announcing:
    publisher: Publisher
    dead_letters: DeadLetters


@cache
def announcing() -> Announcing:
    settings = announce_config()
    schemas = Schemas.of_service(products_service.__file__)
    return Announcing(
        Publisher(client("events"), settings.event_bus_name, schemas),
        DeadLetters(client("sqs"), settings.dead_letter_queue_url),
    )


def now() -> datetime:
    return datetime.now(UTC)
