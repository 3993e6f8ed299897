"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import platform_service
from ecom.aws import client
from ecom.runtime import Runtime
from platform_service.connections import Connections
from platform_service.repository import Listeners, ListenersTable

runtime = Runtime(platform_service.__file__)


@cache
def listeners() -> Listeners:
    return ListenersTable(client("dynamodb"), os.environ["TABLE_NAME"])


@cache
def connections() -> Connections:
    return Connections(client("apigatewaymanagementapi", os.environ["CONNECTIONS_URL"]))
