"""The objects of this service, created on first use, once per execution environment."""

import time
from datetime import UTC, datetime
from functools import cache

from ecom.aws import client
from reconciliation_service import config
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository


@cache
def repository() -> Repository:
    return Repository(client("dynamodb"), config.tables())


@cache
def secret() -> str:
    return str(client("secretsmanager").get_secret_value(SecretId=config.provider_secret_arn())["SecretString"])


@cache
def provider() -> Provider:
    return Provider(config.provider_url(), secret)


def now() -> datetime:
    return datetime.now(UTC)


def pause() -> None:
    """Wait longer than an event usually takes to arrive."""
    time.sleep(config.PAUSE_SECONDS)
