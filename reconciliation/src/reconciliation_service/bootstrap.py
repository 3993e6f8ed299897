"""The composition root: everything is made on first use, once per container."""

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
    """Longer than services take to tell each other."""
    time.sleep(config.PAUSE_SECONDS)
