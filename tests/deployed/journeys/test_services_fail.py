"""One of our services is unavailable for a while. Nothing is left half done, and events are retried."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ecom_client.journey import Provider, Shopper, Staff, lines, new_product, total_of
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it takes permissions away that other tests need")]


@contextmanager
def unavailable(platform: Platform, function: str) -> Iterator[None]:
    """Take from the function's API the permission to invoke it, so that it answers 5xx, and restore it afterwards."""
    client, name = platform.client("lambda"), f"ecommerce-{platform.environment}-{function}"
    alias = {"FunctionName": name, "Qualifier": "live"}
    statements: list[dict[str, Any]] = json.loads(client.get_policy(**alias)["Policy"])["Statement"]
    assert statements
    try:
        for statement in statements:
            client.remove_permission(**alias, StatementId=statement["Sid"])
        yield
    finally:
        for statement in statements:
            client.add_permission(
                **alias,
                StatementId=statement["Sid"],
                Action=statement["Action"],
                Principal=statement["Principal"]["Service"],
                SourceArn=next(iter(statement["Condition"].values()))["AWS:SourceArn"],
            )


@pytest.mark.parametrize(
    "function",
    ["products-rest-validate", "delivery-pricing-rest-pricing", "payment-rest-validate", "warehouse-rest-reserve"],
)
def test_create_order_returns_try_again_while_a_service_is_unavailable(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, function: str
) -> None:
    """It returns within 5 seconds and stores nothing; the same request is accepted when the service is available."""
    product = new_product(platform_outside, price=1000)
    staff.set_stock(product["productId"], 5)
    wanted = lines((product, 2))
    token = buyer.hold(total_of(wanted))
    with unavailable(platform_outside, function):
        began = time.monotonic()
        answer = buyer.create_order_once(wanted, token)
        assert time.monotonic() - began < 5
        assert (answer["success"], answer["order"]) == (False, None)
        assert {problem["code"] for problem in answer["problems"]} == {"TRY_AGAIN"}
        stock = staff.stock(product["productId"])
        assert stock is not None
        assert stock["reserved"] == 0
        assert provider.payment(token)["status"] == "HELD"
        assert all(order["products"][0]["productId"] != product["productId"] for order in buyer.orders()["orders"])
    assert buyer.create_order(wanted, token)["success"]
    stock = staff.stock(product["productId"])
    assert stock is not None
    assert stock["reserved"] == 2


def test_delivery_retries_while_orders_is_unavailable(platform_outside: Platform, buyer: Shopper, staff: Staff) -> None:
    order = buyer.buy(lines((new_product(platform_outside), 1)))
    order_id = order["orderId"]
    logs = platform_outside.client("logs")
    group = f"/aws/lambda/ecommerce-{platform_outside.environment}-delivery-on-package-created"
    began = int(time.time() * 1000)

    def retried_later() -> list[Any]:
        found: list[Any] = logs.filter_log_events(logGroupName=group, startTime=began, filterPattern='"retry later"')[
            "events"
        ]
        return found

    with unavailable(platform_outside, "orders-rest-get-order"):
        staff.pack(order_id)
        buyer.wait_for(order_id, status="PACKAGED")
        poll(retried_later, what="the message that is retried later")
        assert staff.delivery(order_id) is None
    poll(lambda: staff.delivery(order_id), seconds=60, what="the delivery, after orders is available")
    staff.deliver(order_id)
    buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
    assert dead_letters_about(platform_outside, order_id) == []
