"""The objects of the service, created on first use, once per execution environment."""

import os
import time
from datetime import UTC, datetime
from functools import cache

from ecom.aws import client, dynamodb
from platform_service.connections import Connections
from platform_service.repository import Listeners, ListenersTable


@cache
def listeners() -> Listeners:
    return ListenersTable(dynamodb(), os.environ["TABLE_NAME"])


@cache
def connections() -> Connections:
    return Connections(client("apigatewaymanagementapi", os.environ["CONNECTIONS_URL"]))


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def now() -> datetime:
    return datetime.now(UTC)
