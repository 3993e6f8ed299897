"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import products_service
from ecom.aws import client, dynamodb
from ecom.runtime import Runtime
from products_service.cdn_url import CdnUrl
from products_service.pictures import ManagedPictures
from products_service.repository import Products, ProductsTable

runtime = Runtime(products_service.__file__)


def currency() -> str:
    """The currency of all prices."""
    return os.environ["CURRENCY"]


@cache
def products() -> Products:
    return ProductsTable(dynamodb(), os.environ["TABLE_NAME"])


@cache
def managed_pictures() -> ManagedPictures:
    deleted = os.environ["DELETED_PICTURES_TABLE_NAME"]
    return ManagedPictures(dynamodb(), os.environ["TABLE_NAME"], deleted, runtime.now)


@cache
def cdn_url() -> CdnUrl:
    return CdnUrl(client("ssm"), os.environ["CDN_URL_PARAMETER"])
