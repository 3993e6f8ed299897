"""One trace id from the request to the last consumer of its events."""

import secrets
import time
from typing import Any

import pytest

from ecom.dynamo import plain
from ecom.tracing import HEADER, trace_of
from ecom_client.carts import Carts
from ecom_client.journey import ADDRESS, Shopper, lines, new_product, total_of
from ecom_client.made import made
from ecom_client.people import Person
from ecom_client.platform import Platform, send
from ecom_client.polling import poll

pytestmark = pytest.mark.deployed


@pytest.fixture
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    made(shopper.user_id)
    return Shopper(platform_outside, shopper)


@pytest.fixture
def trace() -> str:
    """A new trace id, as a client may choose it."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def traces_stored(platform: Platform, order_id: str) -> dict[str, str]:
    """The trace of each row about the order, by service."""
    client, found = platform.client("dynamodb"), {}
    for service, key in (
        ("orders", {"orderId": order_id}),
        ("warehouse", {"id": f"order#{order_id}"}),
        ("payment", {"orderId": order_id}),
    ):
        item = client.get_item(
            TableName=platform.parameter(f"{service}/table/name"),
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        ).get("Item")
        found[service] = trace_of(str(plain(item).get("correlationId"))) if item else ""
    pages = client.get_paginator("scan").paginate(TableName=platform.parameter("notifications/table/name"))
    mails = [row for page in pages for row in map(plain, page["Items"]) if order_id in str(row)]
    found["notifications"] = trace_of(str(mails[0].get("correlationId"))) if mails else ""
    return found


def test_a_graphql_request(platform_outside: Platform, buyer: Shopper, trace: str) -> None:
    wanted = lines((new_product(platform_outside), 2))
    delivery = buyer.delivery_price(wanted)
    order = {"products": wanted, "address": ADDRESS, "deliveryPrice": delivery}
    order["paymentToken"] = buyer.hold(total_of(wanted, delivery))
    query = "mutation M($order: CreateOrderRequest!) { createOrder(order: $order) { success order { orderId } } }"
    headers = {"Authorization": buyer.person.id_token, HEADER: f"Root={trace};Sampled=1"}
    with platform_outside.events("ecommerce.orders") as caught:
        url = platform_outside.parameter("frontend-api/api/url")
        body = {"query": query, "variables": {"order": order}}
        answer = poll(  # TRY_AGAIN is sent again, in the same trace
            lambda: send("POST", url, body, headers).body["data"]["createOrder"], lambda answer: answer["success"], 60
        )
        order_id = made(answer["order"]["orderId"])
        created = caught.wait_for(order_id, "OrderCreated")
    assert created["detail"]["metadata"]["traceId"] == trace
    assert created["detail"]["metadata"]["correlationId"].startswith(f"{trace}/")
    poll(
        lambda: traces_stored(platform_outside, order_id),
        lambda found: found == dict.fromkeys(("orders", "warehouse", "payment", "notifications"), trace),
        seconds=60,
        what="the trace in the row of each consumer",
    )


def test_a_rest_request_that_invokes_another_function(platform_outside: Platform, buyer: Shopper, trace: str) -> None:
    product, carts = new_product(platform_outside), Carts(buyer)
    carts.put(product["productId"], 1)
    wanted = lines((product, 1))
    token = buyer.hold(total_of(wanted, buyer.delivery_price(wanted)))
    url = platform_outside.parameter("cart/api/url") + "/checkout"
    headers = {"Authorization": buyer.person.id_token, HEADER: f"Root={trace}"}
    with platform_outside.events("ecommerce.orders") as caught:
        body: dict[str, Any] = {"address": ADDRESS, "paymentToken": token}
        answer = poll(lambda: send("POST", url, body, headers), lambda answer: answer.status != 503, 30)
        assert "order" in answer.body, answer.body
        created = caught.wait_for(made(answer.body["order"]["orderId"]), "OrderCreated")
    assert created["detail"]["metadata"]["traceId"] == trace
    poll(carts.read, lambda cart: not cart["lines"], what="an empty cart")


def test_requests_without_a_header_begin_traces_of_their_own(platform_outside: Platform, buyer: Shopper) -> None:
    with platform_outside.events("ecommerce.orders") as caught:
        product = new_product(platform_outside)
        orders = [buyer.buy(lines((product, 1))) for _ in range(2)]
        traces = {
            caught.wait_for(order["orderId"], "OrderCreated")["detail"]["metadata"]["traceId"] for order in orders
        }
    assert len(traces) == 2
