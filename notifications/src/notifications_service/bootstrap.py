"""The objects of this service, created on first use, once per execution environment."""

import os
import uuid
from datetime import timedelta
from functools import cache

import notifications_service
from ecom.aws import client, dynamodb, signed_client
from ecom.observability import count
from ecom.order_client import OrdersClient
from ecom.runtime import Runtime
from notifications_service.addresses import AddressTable, KnownRecipients
from notifications_service.domain import Kind
from notifications_service.partner_contacts import PartnerContacts
from notifications_service.recipients import CognitoRecipients
from notifications_service.repository import MailTable
from notifications_service.send_mail import OrderMailSender
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS, SesMailer

runtime = Runtime(notifications_service.__file__)


@cache
def addresses() -> AddressTable:
    fresh = timedelta(hours=int(os.environ["ADDRESS_HOURS"]))
    return AddressTable(dynamodb(), os.environ["ADDRESSES_TABLE_NAME"], runtime.now, fresh)


@cache
def kinds() -> frozenset[Kind]:
    """The kinds of mails that are sent."""
    return frozenset(Kind(name) for name in os.environ["MAIL_KINDS"].split(","))


@cache
def mail_sender() -> OrderMailSender:
    # The SDK must not retry: SES has no idempotency key.
    ses = client("sesv2", attempts=1, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS)
    pool = CognitoRecipients(client("cognito-idp"), os.environ["USER_POOL_ID"])
    return OrderMailSender(
        mails=MailTable(dynamodb(), os.environ["TABLE_NAME"]),
        recipients=KnownRecipients(addresses(), pool, runtime.now),
        contacts=PartnerContacts(signed_client(), os.environ["PARTNERS_API_URL"]),
        orders=OrdersClient(signed_client(), os.environ["ORDERS_API_URL"]),
        mailer=SesMailer(ses, os.environ["SENDER"]),
        now=runtime.now,
        new_id=lambda: str(uuid.uuid4()),
        count=count,
    )
