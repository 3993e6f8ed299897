"""The service's objects, created on first use, once per execution environment."""

import os
from datetime import timedelta
from functools import cache

import warehouse_service
from ecom.aws import dynamodb
from ecom.dynamo import Table
from ecom.runtime import Runtime
from warehouse_service.levels import Levels
from warehouse_service.repository import Warehouse, WarehouseTable
from warehouse_service.restocking import Restocking

runtime = Runtime(warehouse_service.__file__)


@cache
def warehouse() -> Warehouse:
    return WarehouseTable(dynamodb(), os.environ["TABLE_NAME"], low_stock(), shards=int(os.environ["STOCK_SHARDS"]))


@cache
def restocking() -> Restocking:
    return Restocking(Table(dynamodb(), os.environ["TABLE_NAME"]), low_stock())


@cache
def levels() -> Levels:
    return Levels(Table(dynamodb(), os.environ["TABLE_NAME"]), low_stock())


def low_stock() -> int:
    return int(os.environ["LOW_STOCK"])


def reservation_lifetime() -> timedelta:
    return timedelta(seconds=int(os.environ["RESERVATION_SECONDS"]))
