"""The objects of this service, created on first use, once per execution environment."""

import os
import uuid
from functools import cache

import notifications_service
from ecom.aws import client, dynamodb, signed_client
from ecom.observability import count
from ecom.order_client import OrdersClient
from ecom.runtime import Runtime
from notifications_service.recipients import CognitoRecipients
from notifications_service.repository import MailTable
from notifications_service.send_mail import OrderMailSender
from notifications_service.ses import CONNECT_SECONDS, READ_SECONDS, SesMailer

runtime = Runtime(notifications_service.__file__)


@cache
def mail_sender() -> OrderMailSender:
    # The SDK must not retry: SES has no idempotency key.
    ses = client("sesv2", attempts=1, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS)
    return OrderMailSender(
        mails=MailTable(dynamodb(), os.environ["TABLE_NAME"]),
        recipients=CognitoRecipients(client("cognito-idp"), os.environ["USER_POOL_ID"]),
        orders=OrdersClient(signed_client(), os.environ["ORDERS_API_URL"]),
        mailer=SesMailer(ses, os.environ["SENDER"]),
        now=runtime.now,
        new_id=lambda: str(uuid.uuid4()),
        count=count,
    )
