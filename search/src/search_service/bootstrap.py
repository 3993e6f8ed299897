"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import search_service
from ecom.aws import dynamodb, signed_client
from ecom.catalogue_client import CatalogueClient
from ecom.runtime import Runtime
from search_service.answering import Answers
from search_service.clients import LevelsClient
from search_service.following import Following
from search_service.refreshing import Refreshing
from search_service.repository import Rows
from search_service.snapshots import Snapshots

runtime = Runtime(search_service.__file__)


def now() -> int:
    """Milliseconds since 1970."""
    return int(runtime.now().timestamp() * 1000)


@cache
def rows() -> Rows:
    return Rows(dynamodb(), os.environ["TABLE_NAME"])


@cache
def snapshots() -> Snapshots:
    return Snapshots(dynamodb(), os.environ["TABLE_NAME"])


@cache
def following() -> Following:
    return Following(rows(), snapshots(), now)


@cache
def answers() -> Answers:
    return Answers()


@cache
def refreshing() -> Refreshing:
    catalogue = CatalogueClient(signed_client(), os.environ["PRODUCTS_API_URL"])
    levels = LevelsClient(signed_client(), os.environ["WAREHOUSE_API_URL"])
    return Refreshing(rows(), catalogue, levels, now)
