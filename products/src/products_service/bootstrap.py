"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import products_service
from ecom.aws import dynamodb
from ecom.runtime import Runtime
from products_service.repository import Products, ProductsTable

runtime = Runtime(products_service.__file__)


def currency() -> str:
    """The currency of all prices."""
    return os.environ["CURRENCY"]


@cache
def products() -> Products:
    return ProductsTable(dynamodb(), os.environ["TABLE_NAME"])
