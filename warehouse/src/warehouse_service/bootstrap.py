"""The service's objects, created on first use, once per execution environment."""

from functools import cache

import warehouse_service
from ecom.aws import client
from ecom.runtime import Runtime
from warehouse_service import config
from warehouse_service.repository import Warehouse, WarehouseTable

runtime = Runtime(warehouse_service.__file__)


@cache
def warehouse() -> Warehouse:
    return WarehouseTable(client("dynamodb"), config.table_name(), config.low_stock())
