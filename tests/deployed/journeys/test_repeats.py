"""Repeated and reordered events, and events about unknown orders, change nothing."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, Provider, Purchase, Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.platform import Platform, manual_event
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed

SOURCES = ("orders", "warehouse", "delivery", "payment")
TABLES = ("orders", "warehouse", "delivery", "payment")


def finished(buyer: Shopper, staff: Staff, products: Sequence[dict[str, Any]]) -> Purchase:
    order = buyer.buy(products)
    staff.pack(order["orderId"])
    staff.deliver(order["orderId"])
    done = buyer.wait_for(order["orderId"], status="FULFILLED", paymentStatus="CAPTURED")
    return {**done, "paymentToken": order["paymentToken"]}


def rows_about(platform: Platform, text: str) -> dict[str, list[Any]]:
    """All rows in the tables of the services that contain the text."""
    client = platform.client("dynamodb")
    found = {}
    for service in TABLES:
        pages = client.get_paginator("scan").paginate(TableName=platform.parameter(f"{service}/table/name"))
        found[service] = [item for page in pages for item in page["Items"] if text in json.dumps(item, default=str)]
    return found


def test_repeated_and_reversed_events_change_nothing(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    product = new_product(platform_outside)
    staff.set_stock(product["productId"], 10)
    with ExitStack() as stack:
        caught = [stack.enter_context(platform_outside.events(f"ecommerce.{name}")) for name in SOURCES]
        order = finished(buyer, staff, lines((product, 2)))
        order_id = order["orderId"]
        poll(
            lambda: [
                event["detail"]["new"].get("paymentStatus") for event in caught[0].about(order_id, "OrderModified")
            ],
            lambda seen: "CAPTURED" in seen,
            what="the last event",
        )
        events = [event for source in caught for event in source.about(order_id)]
    assert len(events) >= 8
    before = rows_about(platform_outside, order_id)
    entry = provider.payment(order["paymentToken"])

    for batch in (events * 5, list(reversed(events))):
        platform_outside.put_events(batch)
    # A later order uses the same queues and functions: when it is finished, the repeated events are handled.
    finished(buyer, staff, lines((product, 1)))

    assert rows_about(platform_outside, order_id) == before
    assert provider.payment(order["paymentToken"]) == entry
    assert staff.stock(product["productId"]) == {
        "productId": product["productId"],
        "onHand": 7,
        "reserved": 0,
        "available": 7,
    }
    assert dead_letters_about(platform_outside, order_id) == []


def test_a_repeated_order_created_reserves_nothing_more(
    platform_outside: Platform, buyer: Shopper, staff: Staff
) -> None:
    product = new_product(platform_outside)
    staff.set_stock(product["productId"], 10)
    with platform_outside.events("ecommerce.orders") as caught:
        order = buyer.buy(lines((product, 2)))
        created = caught.wait_for(order["orderId"], "OrderCreated")
    platform_outside.put_events([created] * 5)
    finished(buyer, staff, lines((product, 1)))
    assert staff.stock(product["productId"]) == {
        "productId": product["productId"],
        "onHand": 9,
        "reserved": 2,
        "available": 7,
    }


def test_events_about_unknown_orders_create_no_rows(platform_outside: Platform, buyer: Shopper, staff: Staff) -> None:
    order_id = new_id()
    platform_outside.put_events(
        [
            manual_event("warehouse", "PackageCreated", order_id, products=[{"productId": "p-1", "quantity": 1}]),
            manual_event("warehouse", "PackagingFailed", order_id),
            manual_event("warehouse", "PackagingCancelled", order_id),
            *(
                manual_event("delivery", f"Delivery{how}", order_id, address=ADDRESS)
                for how in ("Started", "Completed", "Failed")
            ),
            *(manual_event("payment", f"Payment{how}", order_id, amount=1) for how in ("Captured", "Voided", "Failed")),
        ],
    )
    finished(buyer, staff, lines((new_product(platform_outside), 1)))
    assert rows_about(platform_outside, order_id) == {service: [] for service in TABLES}
    assert dead_letters_about(platform_outside, order_id) == []


@pytest.mark.parametrize(
    ("service", "detail_type", "detail", "field"),
    [
        ("orders", "OrderCreated", {"products": "none"}, "products"),
        ("warehouse", "PackageCreated", {}, "products"),
        ("payment", "PaymentCaptured", {"amount": "a lot"}, "amount"),
    ],
)
def test_a_malformed_event_becomes_a_dead_letter_with_its_reason(
    platform_outside: Platform, service: str, detail_type: str, detail: dict[str, Any], field: str
) -> None:
    order_id = new_id()
    platform_outside.put_events([manual_event(service, detail_type, order_id, **detail)])
    dead_letters = poll(lambda: dead_letters_about(platform_outside, order_id), seconds=60, what="a dead letter")
    assert all(field in dead_letter.reason for dead_letter in dead_letters), dead_letters
