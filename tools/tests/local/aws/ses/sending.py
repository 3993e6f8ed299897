"""Helpers for tests that send mail in a temporary cloud."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ecom_client.platform import Platform
from ecom_testkit.mailbox import Mailbox
from tools.local.client import Cloud
from tools.local.home import REGION
from tools.tests.local.functions import make_function
from tools.tests.local.stacks import Stack, deployed, template

SENDER = """
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

def handler(event, context):
    client = boto3.client(event["client"], config=Config(retries={"total_max_attempts": 1}, read_timeout=5))
    try:
        return client.send_email(**event["request"])["MessageId"]
    except ClientError as error:
        return error.response["Error"]["Code"]
    except BotoCoreError as error:
        return type(error).__name__
"""


def box_of(cloud: Cloud) -> Mailbox:
    return Mailbox(Platform("local", cloud.endpoint, REGION))


def identity_arn(cloud: Cloud, name: str) -> str:
    return f"arn:aws:ses:{REGION}:{cloud.account}:identity/{name}"


def may_send(cloud: Cloud, identity: str, action: str = "ses:SendEmail", condition: Any = None) -> dict[str, Any]:
    """A statement that lets a role send with one identity."""
    statement = {"Effect": "Allow", "Action": action, "Resource": identity_arn(cloud, identity)}
    return {**statement, "Condition": condition} if condition else statement


def sender_function(cloud: Cloud, *statements: Mapping[str, Any]) -> str:
    """A function that sends its event as a mail, and returns the message's id or the error's code."""
    return make_function(cloud, SENDER, *map(dict, statements))


def simple(to: str, sender: str = "orders@shop.example", text: str = "Thank you.", **more: Any) -> dict[str, Any]:
    content = {"Simple": {"Subject": {"Data": "Your order"}, "Body": {"Text": {"Data": text}}}}
    return {"FromEmailAddress": sender, "Destination": {"ToAddresses": [to]}, "Content": content, **more}


@contextmanager
def identity(cloud: Cloud, stack: str, name: str) -> Iterator[Stack]:
    """A stack with one identity, a domain."""
    with deployed(cloud, stack, template("mail"), Sender=name) as made:
        yield made
