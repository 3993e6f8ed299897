"""The composition root: everything is made on first use, once per container."""

import os
import time
from typing import TYPE_CHECKING

from ecom.aws import client
from ecom.lazy import once
from platform_service.repository import Listeners

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient


@once
def listeners() -> Listeners:
    return Listeners(client("dynamodb"), os.environ["TABLE_NAME"])


@once
def connections() -> "ApiGatewayManagementApiClient":
    api: ApiGatewayManagementApiClient = client("apigatewaymanagementapi", os.environ["CONNECTIONS_URL"])
    return api


def now() -> int:
    return int(time.time())
