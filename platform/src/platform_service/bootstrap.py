"""The composition root: everything is made on first use, once per container."""

import os
import time

from ecom.aws import client
from ecom.lazy import once
from platform_service.connections import Connections
from platform_service.repository import Listeners


@once
def listeners() -> Listeners:
    return Listeners(client("dynamodb"), os.environ["TABLE_NAME"])


@once
def connections() -> Connections:
    return Connections(client("apigatewaymanagementapi", os.environ["CONNECTIONS_URL"]))


def now() -> int:
    return int(time.time())
