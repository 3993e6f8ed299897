"""`make replay`: archived events reach the chosen consumers once more, and no mail, capture or stock changes."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom_client.graphql_types import Stock
from ecom_client.journey import Provider, Purchase, Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.returns import Returns
from ecom_testkit.dead_letters import dead_letters_about
from ecom_testkit.mailbox import Mailbox

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it reads the archive of the whole platform")]

TABLES = ("orders", "warehouse", "delivery", "payment", "notifications", "returns")
CONSUMERS = ("orders", "warehouse", "payment", "delivery", "notifications")
MAILS = 6  # ordered, packaged, shipped, delivered; approved and refunded


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.operate.replay", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def finished(buyer: Shopper, staff: Staff, products: list[dict[str, Any]]) -> Purchase:
    order = buyer.buy(products)
    staff.pack(order["orderId"])
    staff.deliver(order["orderId"])
    done = buyer.wait_for(order["orderId"], 60, status="FULFILLED", paymentStatus="CAPTURED")
    return {**done, "paymentToken": order["paymentToken"]}


def rows_about(platform: Platform, order_id: str) -> dict[str, list[Any]]:
    client = platform.client("dynamodb")
    found = {}
    for service in TABLES:
        pages = client.get_paginator("scan").paginate(TableName=platform.parameter(f"{service}/table/name"))
        found[service] = [item for page in pages for item in page["Items"] if order_id in json.dumps(item, default=str)]
    return found


def available(stock: Stock | None) -> int:
    assert stock
    return stock["available"]


def test_a_replay_of_an_order_has_no_effect_twice(platform_outside: Platform, shopper: Person, admin: Person) -> None:
    buyer, staff, mails = Shopper(platform_outside, shopper), Staff(platform_outside, admin), Mailbox(platform_outside)
    product = new_product(platform_outside, price=1000)
    staff.set_stock(product["productId"], 10)
    began = datetime.now(UTC) - timedelta(seconds=1)
    order = finished(buyer, staff, lines((product, 2)))
    order_id, token = order["orderId"], new_id()
    returned = Returns(buyer).request(order_id, [{"productId": product["productId"], "quantity": 1}], token)
    Returns(staff).approve(returned["returnId"])
    back = [{"productId": product["productId"], "quantity": 1, "condition": "RESTOCK"}]
    Returns(staff).receive(returned["returnId"], back)  # type: ignore[arg-type]  # a literal of the TypedDict
    Returns(buyer).wait_for(returned["returnId"], "REFUNDED")
    buyer.wait_for(order_id, 60, paymentStatus="PARTIALLY_REFUNDED")
    mails.wait_for(shopper.email, count=MAILS)
    before, ledger = rows_about(platform_outside, order_id), Provider(platform_outside).payment(order["paymentToken"])
    stock, sent = staff.stock(product["productId"]), mails.mails(shopper.email)

    counted = replay("--rule", "notifications", "--from", began.isoformat(), "--order", order_id, "--dry-run")
    assert counted.returncode == 0, counted.stderr
    assert counted.stdout.startswith(f"{MAILS} archived events about {order_id}, ")
    assert "ReturnRefunded" in counted.stdout
    assert "sent" not in counted.stdout

    for service in CONSUMERS:
        done = replay("--rule", service, "--from", began.isoformat(), "--order", order_id, "--yes")
        assert done.returncode == 0, done.stderr
        assert " events were sent; " in done.stdout
    # EventBridge's own replay, of everything since then.
    done = replay("--rule", "notifications-OrderStatusRule", "--from", began.isoformat(), "--yes")
    assert done.returncode == 0, done.stderr
    assert " is complete; " in done.stdout
    # A later order uses the same queues and functions: when it is finished, the replayed events are handled.
    later = finished(buyer, staff, lines((product, 1)))
    mails.wait_for(shopper.email, count=len(sent) + 4)

    assert rows_about(platform_outside, order_id) == before
    assert Provider(platform_outside).payment(order["paymentToken"]) == ledger
    assert (available(stock), available(staff.stock(product["productId"]))) == (9, 8)
    assert len(mails.mails(shopper.email)) == len(sent) + 4
    assert dead_letters_about(platform_outside, order_id) == []
    assert later["orderId"] != order_id


def test_nothing_is_sent_without_a_confirmation(platform_outside: Platform, shopper: Person) -> None:
    buyer = Shopper(platform_outside, shopper)
    order = buyer.buy(lines((new_product(platform_outside), 1)))
    with platform_outside.events("ecommerce.orders") as caught:
        done = replay("--rule", "payment-OrderRule", "--from", "2m", "--order", order["orderId"])
        assert done.returncode == 1
        assert done.stdout.endswith("nothing was sent; CONFIRM=1 sends without asking\n")
        assert [event for event in caught.receive() if "replay-name" in event] == []


def test_a_replay_leaves_no_rule_and_no_queue(platform_outside: Platform) -> None:
    assert replay("--rule", "orders", "--from", "1m", "--dry-run").returncode == 0
    bus = platform_outside.parameter("platform/event-bus/name")
    rules = platform_outside.client("events").list_rules(EventBusName=bus, NamePrefix="operator-replay-")["Rules"]
    assert rules == []
    queues = platform_outside.client("sqs").list_queues(QueueNamePrefix="operator-replay-")
    assert queues.get("QueueUrls", []) == []


@pytest.mark.usefixtures("platform_outside")
def test_an_unknown_rule_names_the_rules() -> None:
    done = replay("--rule", "nothing", "--from", "1h")
    assert done.returncode == 2
    assert done.stderr.startswith("replay: nothing fits 0 rules; the rules are ")
    assert " cart-OrdersRule, " in done.stderr
