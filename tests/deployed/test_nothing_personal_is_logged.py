"""Logs and metrics contain nothing personal of an order, also when something fails on the way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, CARD, Provider, Shopper, Staff, lines, new_product, total_of
from ecom_client.made import new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_client.polling import poll

pytestmark = pytest.mark.deployed


def log_lines(platform: Platform, since: datetime) -> list[str]:
    """All lines of all functions since then."""
    logs, found = platform.client("logs"), []
    prefix = f"/aws/lambda/ecommerce-{platform.environment}-"
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
        for group in page["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=int(since.timestamp() * 1000)
            )
            found += [event["message"] for each in pages for event in each["events"]]
    return found


def facts(written: list[str]) -> set[str]:
    """The names of the metrics in these lines."""
    documents = [json.loads(line) for line in written if line.startswith('{"_aws":')]
    return {
        metric["Name"]
        for document in documents
        for directive in document["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_canaries_of_an_order_are_in_no_log(platform_outside: Platform, admin: Person) -> None:
    began = datetime.now(UTC)
    canary = new_id()
    address: dict[str, Any] = {
        **ADDRESS,
        "name": f"Canary {canary}",
        "streetAddress": f"{canary} Street",
        "phoneNumber": "+45 31 41 59 26",
    }
    staff, provider = Staff(platform_outside, admin), Provider(platform_outside)
    with temporary_user(platform_outside) as person:
        buyer = Shopper(platform_outside, person)
        wanted = lines((new_product(platform_outside), 2))
        delivery = buyer.delivery_price(wanted, address)
        token = buyer.hold(total_of(wanted, delivery))
        refused = buyer.create_order(wanted, token, delivery_price=delivery + 1, address=address)
        assert not refused["success"]
        order = buyer.create_order(wanted, token, delivery_price=delivery, address=address)["order"]
        # A failure on the way: its line must name the order and nothing else.
        provider.script("ERROR", token, operations=["processPayment"], times=1)
        staff.pack(order["orderId"])
        staff.deliver(order["orderId"])
        buyer.wait_for(order["orderId"], 60, status="FULFILLED", paymentStatus="CAPTURED")
        expected = {"OrdersRefused", "OrdersCreated", "OrdersFulfilled", "PaymentsCaptured", "DeliveriesCompleted"}
        written = poll(
            lambda: log_lines(platform_outside, began),
            lambda found: expected <= facts(found) and any(order["orderId"] in line for line in found),
            seconds=60 if platform_outside.endpoint else 300,
            what="the metrics of the order and the line about its failure",
        )
        secrets = (canary, "31 41 59 26", person.email, token, CARD)
    assert [secret for secret in secrets if any(secret in line for line in written)] == []
