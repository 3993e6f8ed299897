"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import returns_service
from ecom.aws import client, dynamodb, signed_client
from ecom.order_client import OrdersClient
from ecom.runtime import Runtime
from ecom.state_machine import StateMachine
from returns_service.clients import PaymentClient, WarehouseClient
from returns_service.repository import Returns
from returns_service.requesting import Requesting
from returns_service.steps import Refunding, Restocking, Waiting
from returns_service.task_tokens import TaskTokens

runtime = Runtime(returns_service.__file__)


def currency() -> str:
    """The currency of a return whose order has none, or is unknown."""
    return os.environ["CURRENCY"]


def allowed_origin() -> str:
    """The origin whose pages may read what the REST API answers."""
    return os.environ["ALLOWED_ORIGIN"]


@cache
def returns() -> Returns:
    return Returns(dynamodb(), os.environ["TABLE_NAME"])


@cache
def requesting() -> Requesting:
    orders = OrdersClient(signed_client(), os.environ["ORDERS_API_URL"])
    return Requesting(returns(), orders, runtime.now, int(os.environ["RETURN_DAYS"]), currency())


@cache
def machine() -> StateMachine:
    return StateMachine(client("stepfunctions"), os.environ["STATE_MACHINE_ARN"])


@cache
def waiting() -> Waiting:
    return Waiting(returns(), TaskTokens(dynamodb(), os.environ["TABLE_NAME"]), machine(), runtime.now)


@cache
def restocking() -> Restocking:
    return Restocking(returns(), WarehouseClient(signed_client(), os.environ["WAREHOUSE_API_URL"]))


@cache
def refunding() -> Refunding:
    return Refunding(returns(), PaymentClient(signed_client(), os.environ["PAYMENT_API_URL"]), runtime.now)
