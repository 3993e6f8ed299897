"""The composition root: everything is made on first use, once per container."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import payment_service
from ecom.aws import client
from ecom.dead_letters import DeadLetters
from ecom.message_queue import Queue
from ecom.observability import count
from ecom.publish import Publisher
from ecom.schemas import Schemas
from payment_service import config
from payment_service.circuit_breaker import Breaker, WatchedProvider
from payment_service.provider import HttpProvider, Provider
from payment_service.provider_secret import NoSecret, StoredSecret
from payment_service.repository import PaymentsTable
from payment_service.settlement import Keeper


@cache
def checking_provider() -> Provider:
    return HttpProvider(config.provider_url(), NoSecret())


@dataclass(frozen=True, slots=True)
class Keeping:
    keeper: Keeper
    breaker: Breaker
    schemas: Schemas
    queue: Queue
    dead_letters: DeadLetters


@cache
def keeping() -> Keeping:
    tables, breaker = config.tables(), Breaker(time.monotonic, lambda: count("ProviderLeftAlone"))
    secret = StoredSecret(client("secretsmanager"), config.provider_secret_arn())
    provider = WatchedProvider(HttpProvider(config.provider_url(), secret), breaker)
    payments = PaymentsTable(client("dynamodb"), tables.payments, tables.early_facts, now)
    return Keeping(
        Keeper(payments, provider, lambda: count("PaymentFailed")),
        breaker,
        Schemas.of_service(payment_service.__file__),
        Queue(client("sqs"), config.queue_url()),
        DeadLetters(client("sqs"), config.dead_letter_queue_url()),
    )


@dataclass(frozen=True, slots=True)
class Announcing:
    publisher: Publisher
    dead_letters: DeadLetters


@cache
def announcing() -> Announcing:
    schemas = Schemas.of_service(payment_service.__file__)
    return Announcing(
        Publisher(client("events"), config.event_bus_name(), schemas),
        DeadLetters(client("sqs"), config.dead_letter_queue_url()),
    )


def now() -> datetime:
    return datetime.now(UTC)
