"""The composition root: everything is made on first use, once per container."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import notifications_service
from ecom.aws import client, signed_client
from ecom.dead_letters import DeadLetters
from ecom.message_queue import Queue
from ecom.observability import count
from ecom.order_client import OrdersClient
from ecom.schemas import Schemas
from notifications_service import config
from notifications_service.recipients import Pool
from notifications_service.repository import MailsTable
from notifications_service.send_mail import Teller
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS, SesMailer


@dataclass(frozen=True, slots=True)
class Notifying:
    teller: Teller
    schemas: Schemas
    queue: Queue
    dead_letters: DeadLetters


@cache
def notifying() -> Notifying:
    # The SDK must not ask again by itself: the mail service has no idempotency key.
    ses = client("sesv2", attempts=1, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS)
    teller = Teller(
        mails=MailsTable(client("dynamodb"), config.table_name()),
        people=Pool(client("cognito-idp"), config.user_pool_id()),
        orders=OrdersClient(signed_client(), config.orders_url()),
        mailer=SesMailer(ses, config.sender()),
        now=now,
        new_id=lambda: str(uuid.uuid4()),
        counted=count,
    )
    return Notifying(
        teller,
        Schemas.of_service(notifications_service.__file__),
        Queue(client("sqs"), config.queue_url()),
        DeadLetters(client("sqs"), config.dead_letter_queue_url()),
    )


def now() -> datetime:
    return datetime.now(UTC)
