"""Shoppers, staff, and orders that are written manually to the table."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.times import timestamp
from ecom_client.journey import Product, Shopper, Staff, new_product
from ecom_client.made import new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from orders.tests.builders import manual_item

WriteOrder = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    return Shopper(platform_outside, shopper)


@pytest.fixture(scope="session")
def stranger(platform_outside: Platform) -> Iterator[Shopper]:
    with temporary_user(platform_outside) as person:
        yield Shopper(platform_outside, person)


@pytest.fixture(scope="session")
def boss(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture
def kettle(platform_outside: Platform) -> Product:
    return new_product(platform_outside)


@pytest.fixture
def write_order(platform_outside: Platform, buyer: Shopper) -> WriteOrder:
    """Write an order to the table manually, for the buyer unless the changes have another user."""
    client, table = platform_outside.client("dynamodb"), platform_outside.parameter("orders/table/name")

    def write(**changes: Any) -> dict[str, Any]:
        now = timestamp(datetime.now(UTC))
        own = {"orderId": new_id(), "userId": buyer.person.user_id, "createdDate": now}
        item: dict[str, Any] = manual_item(**{**own, **changes})
        client.put_item(TableName=table, Item=typed(item))
        return item

    return write


def event(detail_type: str, order_id: str, **detail: Any) -> dict[str, Any]:
    """An event of warehouse, delivery or payment, for PutEvents."""
    services = {"Delivery": "delivery", "Payment": "payment", "Packag": "warehouse"}
    (service,) = (service for prefix, service in services.items() if detail_type.startswith(prefix))
    return {
        "source": f"ecommerce.{service}",
        "detail-type": detail_type,
        "resources": [order_id],
        "detail": {"orderId": order_id, **detail},
    }
