"""Shoppers, a clerk, and orders put straight into the table."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.times import timestamp
from ecom_client.journey import Product, Shopper, Staff, new_product
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from orders.tests.builders import by_hand

Put = Callable[..., dict[str, Any]]


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
def kettle(platform_outside: Platform) -> Iterator[Product]:
    product = new_product(platform_outside)
    yield product
    table = platform_outside.parameter("products/table/name")
    platform_outside.client("dynamodb").delete_item(TableName=table, Key=typed({"productId": product["productId"]}))


@pytest.fixture
def put(platform_outside: Platform, buyer: Shopper) -> Iterator[Put]:
    """Put an order into the table by hand, the buyer's unless said otherwise."""
    client, table = platform_outside.client("dynamodb"), platform_outside.parameter("orders/table/name")
    ids: list[str] = []

    def put_order(**changes: Any) -> dict[str, Any]:
        now = timestamp(datetime.now(UTC))
        own = {"orderId": str(uuid.uuid4()), "userId": buyer.person.user_id, "createdDate": now}
        item = by_hand(**{**own, **changes})
        client.put_item(TableName=table, Item=typed(item))
        ids.append(item["orderId"])
        return item

    yield put_order
    for order_id in ids:
        client.delete_item(TableName=table, Key=typed({"orderId": order_id}))


def fact(kind: str, order_id: str, **detail: Any) -> dict[str, Any]:
    """What the other services say about an order."""
    service = "delivery" if kind.startswith("Delivery") else "payment" if kind.startswith("Payment") else "warehouse"
    return {
        "source": f"ecommerce.{service}",
        "detail-type": kind,
        "resources": [order_id],
        "detail": {"orderId": order_id, **detail},
    }
