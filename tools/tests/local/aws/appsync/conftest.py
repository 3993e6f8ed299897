"""One shop API and one orders API for all tests that need a running cloud."""

from collections.abc import Iterator

import pytest

from tools.local.client import Cloud
from tools.tests.local.aws.appsync import orders as orders_api
from tools.tests.local.aws.appsync.orders import Orders
from tools.tests.local.aws.appsync.shop import CODE, SCHEMA, TEMPLATE, Shop
from tools.tests.local.stacks import deployed


@pytest.fixture(scope="session")
def shop(cloud: Cloud) -> Iterator[Shop]:
    with deployed(cloud, "shop", TEMPLATE, Schema=SCHEMA, Code=CODE) as stack:
        yield Shop(cloud, stack)


@pytest.fixture(scope="session")
def orders(cloud: Cloud) -> Iterator[Orders]:
    with deployed(cloud, "orders", orders_api.TEMPLATE, **orders_api.PARAMETERS) as stack:
        yield Orders(cloud, stack)
