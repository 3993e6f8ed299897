"""The composition root: everything is made on first use, once per container."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import users_service
from ecom.aws import client
from ecom.dead_letters import DeadLetters
from ecom.message_queue import Queue
from ecom.publish import Publisher
from ecom.schemas import Schemas
from users_service.user_pool import Pool


@cache
def appeared_queue() -> Queue:
    return Queue(client("sqs"), os.environ["APPEARED_QUEUE_URL"])


@dataclass(frozen=True, slots=True)
class Announcing:
    pool: Pool
    publisher: Publisher
    dead_letters: DeadLetters


@cache
def announcing() -> Announcing:
    schemas = Schemas.of_service(users_service.__file__)
    return Announcing(
        Pool(client("cognito-idp"), os.environ["USER_POOL_ID"]),
        Publisher(client("events"), os.environ["EVENT_BUS_NAME"], schemas),
        DeadLetters(client("sqs"), os.environ["DEAD_LETTER_QUEUE_URL"]),
    )


def now() -> datetime:
    return datetime.now(UTC)
