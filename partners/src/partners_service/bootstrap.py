"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import partners_service
from ecom.aws import client, dynamodb, signed_client
from ecom.create_order_client import SECONDS, OrdersFunction
from ecom.order_client import OrdersClient
from ecom.order_requests import OrderRequests
from ecom.runtime import Runtime
from partners_service.cancel_client import CancelFunction
from partners_service.ordering import Ordering, OwnOrders
from partners_service.partner_keys import PartnerKeys

runtime = Runtime(partners_service.__file__)
CHANNEL = "partners"


@cache
def keys() -> PartnerKeys:
    return PartnerKeys(dynamodb(), os.environ["TABLE_NAME"])


@cache
def requests() -> OrderRequests:
    return OrderRequests(dynamodb(), os.environ["REQUESTS_TABLE_NAME"])


@cache
def ordering() -> Ordering:
    function = client("lambda", attempts=1, read_seconds=SECONDS)
    orders = OrdersFunction(function, os.environ["CREATE_ORDER_ARN"], CHANNEL)
    return Ordering(requests(), orders, existing_orders(), runtime.now)


@cache
def own_orders() -> OwnOrders:
    return OwnOrders(requests(), existing_orders())


@cache
def existing_orders() -> OrdersClient:
    return OrdersClient(signed_client(), os.environ["ORDERS_API_URL"])


@cache
def cancelling() -> CancelFunction:
    return CancelFunction(client("lambda", attempts=1, read_seconds=SECONDS), os.environ["CANCEL_ORDER_ARN"])
