"""Whether products are available, as storefronts and services see it on a deployed platform."""

import time
from typing import Any

import pytest

from ecom_client.journey import Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.subscription import availability_subscription
from warehouse.tests.deployed.conftest import Post

pytestmark = pytest.mark.deployed

QUERY = "query Q($ids: [ID!]!) { getAvailability(productIds: $ids) { productId level version } }"


def availability(platform: Platform, *product_ids: str, token: str = "") -> Any:
    key = "" if token else platform.parameter("frontend-api/api/key")
    return platform.graphql(QUERY, {"ids": list(product_ids)}, token=token, key=key).body


def available(product_id: str, level: str, version: int | None) -> dict[str, Any]:
    return {"productId": product_id, "level": level, "version": version}


def changed(product_id: str, level: str, sequence: int) -> dict[str, Any]:
    """StockChanged, as the warehouse publishes it."""
    metadata = {"eventId": new_id(), "correlationId": new_id(), "schemaVersion": "1", "sequence": sequence}
    detail = {"productId": product_id, "available": 0 if level == "OUT" else 9, "level": level, "metadata": metadata}
    return {
        "source": "ecommerce.warehouse",
        "detail-type": "StockChanged",
        "resources": [product_id],
        "detail": detail,
    }


def test_everybody_sees_levels_and_services_the_same_ones(
    platform_outside: Platform, clerk: Staff, post: Post, shopper: Person, kettle: str
) -> None:
    cup, untracked = new_id(), new_id()
    clerk.set_stock(kettle, 6)
    clerk.set_stock(cup, 1)
    assert post("reserve", {"orderId": new_id(), "products": [{"productId": cup, "quantity": 1}]}).status == 200
    expected = [available(untracked, "IN", None), available(cup, "OUT", 2), available(kettle, "IN", 1)]
    asked = [untracked, cup, kettle, cup]
    for token in ("", shopper.id_token):
        assert availability(platform_outside, *asked, token=token) == {"data": {"getAvailability": expected}}
    answer = post("levels", {"productIds": asked})
    assert (answer.status, answer.body) == (200, {"levels": expected})
    assert post("reserve", {"orderId": new_id(), "products": [{"productId": kettle, "quantity": 1}]}).status == 200
    assert availability(platform_outside, kettle)["data"]["getAvailability"] == [available(kettle, "LOW", 2)]


def test_one_to_fifty_products(platform_outside: Platform, post: Post, kettle: str) -> None:
    for ids in ([], [kettle] * 51):
        (error,) = availability(platform_outside, *ids)["errors"]
        assert error["errorType"] == "INVALID_INPUT"
        assert post("levels", {"productIds": ids}).status == 400


def test_a_page_learns_of_a_change_within_a_second(platform_outside: Platform, clerk: Staff, kettle: str) -> None:
    """Of several changes one must be as quick as that: the first ones may start functions."""
    waits: list[float] = []
    with availability_subscription(platform_outside, kettle) as page:
        while len(waits) < 5 and min(waits, default=9.0) >= 1.0:
            clerk.set_stock(kettle, len(waits))
            answered = time.monotonic()
            found = page.next(seconds=20)
            waits.append(time.monotonic() - answered)
            assert found == available(kettle, "LOW" if len(waits) > 1 else "OUT", len(waits))
    assert min(waits) < 1.0, f"seconds after the answer of setStock: {waits}"


def test_the_version_tells_a_late_change_from_a_newer_one(
    platform_outside: Platform, shopper: Person, kettle: str
) -> None:
    with availability_subscription(platform_outside, kettle, shopper.id_token) as page:
        platform_outside.put_events([changed(kettle, "OUT", 8)])
        assert page.next(seconds=20) == available(kettle, "OUT", 8)
        platform_outside.put_events([changed(kettle, "IN", 7)])
        assert page.next(seconds=20) == available(kettle, "IN", 7)
        newest = max(page.seen, key=lambda each: each["version"])
    assert newest == available(kettle, "OUT", 8)
