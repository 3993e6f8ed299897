"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import cart_service
from cart_service.catalogue import Catalogue
from cart_service.checkout import CheckOut
from cart_service.checkouts import Checkouts
from cart_service.emptying import Emptying
from cart_service.repository import Carts
from cart_service.shopping import Shopping
from ecom.aws import client, dynamodb, signed_client
from ecom.catalogue_client import CatalogueClient
from ecom.create_order_client import SECONDS, OrdersFunction
from ecom.order_client import OrdersClient
from ecom.runtime import Runtime

runtime = Runtime(cart_service.__file__)
CHANNEL = "cart"


def currency() -> str:
    """The currency of all prices."""
    return os.environ["CURRENCY"]


def allowed_origin() -> str:
    """The origin whose pages may read answers of the REST API."""
    return os.environ["ALLOWED_ORIGIN"]


@cache
def shopping() -> Shopping:
    catalogue = Catalogue(CatalogueClient(signed_client(), os.environ["PRODUCTS_API_URL"]))
    return Shopping(carts(), catalogue, runtime.now)


@cache
def carts() -> Carts:
    return Carts(dynamodb(), os.environ["TABLE_NAME"])


@cache
def checkouts() -> Checkouts:
    return Checkouts(dynamodb(), os.environ["CHECKOUTS_TABLE_NAME"], carts())


@cache
def check_out() -> CheckOut:
    orders = OrdersFunction(client("lambda", attempts=1, read_seconds=SECONDS), os.environ["CREATE_ORDER_ARN"], CHANNEL)
    existing = OrdersClient(signed_client(), os.environ["ORDERS_API_URL"])
    return CheckOut(carts(), checkouts(), orders, existing, runtime.now)


@cache
def emptying() -> Emptying:
    return Emptying(carts(), checkouts(), runtime.now)
