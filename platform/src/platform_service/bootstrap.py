"""The composition root: everything is made on first use, once per container."""

import os
import time
from functools import cache

from ecom.aws import client
from platform_service.connections import Connections
from platform_service.repository import Listeners


@cache
def listeners() -> Listeners:
    return Listeners(client("dynamodb"), os.environ["TABLE_NAME"])


@cache
def connections() -> Connections:
    return Connections(client("apigatewaymanagementapi", os.environ["CONNECTIONS_URL"]))


def now() -> int:
    return int(time.time())
