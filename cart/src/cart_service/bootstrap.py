"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import cart_service
from cart_service.catalogue import Catalogue
from cart_service.repository import Carts
from cart_service.shopping import Shopping
from ecom.aws import dynamodb, signed_client
from ecom.catalogue_client import CatalogueClient
from ecom.runtime import Runtime

runtime = Runtime(cart_service.__file__)


def currency() -> str:
    """The currency of all prices."""
    return os.environ["CURRENCY"]


@cache
def shopping() -> Shopping:
    catalogue = Catalogue(CatalogueClient(signed_client(), os.environ["PRODUCTS_API_URL"]))
    return Shopping(Carts(dynamodb(), os.environ["TABLE_NAME"]), catalogue, runtime.now)
