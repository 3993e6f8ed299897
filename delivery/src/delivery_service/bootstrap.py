"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import delivery_service
from delivery_service.repository import Deliveries, DeliveriesTable
from ecom.aws import dynamodb, signed_client
from ecom.order_client import OrderReader, OrdersClient
from ecom.runtime import Runtime

runtime = Runtime(delivery_service.__file__)


@cache
def deliveries() -> Deliveries:
    return DeliveriesTable(dynamodb(), os.environ["TABLE_NAME"])


@cache
def orders() -> OrderReader:
    return OrdersClient(signed_client(), os.environ["ORDERS_API_URL"])
