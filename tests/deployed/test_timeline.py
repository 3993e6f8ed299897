"""`make timeline` of an order that ends well, although the payment provider failed meanwhile."""

import json
import subprocess
import sys
from typing import Any

import pytest

from ecom_client.journey import Provider, Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll

pytestmark = pytest.mark.deployed
MAILS = 4


def timeline(order_id: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tools.operate.timeline", order_id, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
    return found


def statuses_of(service: str, steps: list[dict[str, Any]]) -> list[str]:
    """What the service did, without its failures."""
    return [step["status"] for step in steps if step["service"] == service and step["kind"] != "failure"]


def test_the_timeline_has_every_step_of_an_order_and_its_failures(
    platform_outside: Platform, shopper: Person, admin: Person
) -> None:
    buyer, staff, provider = (
        Shopper(platform_outside, shopper),
        Staff(platform_outside, admin),
        Provider(platform_outside),
    )
    order = buyer.buy(lines((new_product(platform_outside, price=1000), 2)))
    order_id = order["orderId"]
    provider.script("ERROR", order["paymentToken"], operations=["processPayment"], times=1)
    staff.pack(order_id)
    staff.deliver(order_id)
    buyer.wait_for(order_id, 60, status="FULFILLED", paymentStatus="CAPTURED")

    def complete() -> list[dict[str, Any]] | None:
        steps = timeline(order_id)
        mails = [step for step in steps if step["kind"] == "mail" and step["status"] == "SENT"]
        return steps if len(mails) == MAILS else None

    steps = poll(complete, seconds=60, what="the timeline with all mails") or []
    assert statuses_of("orders", steps) == ["NEW", "PACKAGED", "SHIPPED", "FULFILLED"]
    assert statuses_of("warehouse", steps) == ["HELD", "NEW", "IN_PROGRESS", "COMPLETED"]
    assert statuses_of("delivery", steps) == ["NEW", "IN_PROGRESS", "COMPLETED"]
    assert statuses_of("payment", steps) == ["HELD", "CAPTURED"]
    (failure,) = [step for step in steps if step["kind"] == "failure"]
    # The event that found the order delivered: DeliveryCompleted, or a change of the order that came later.
    assert failure["function"] == "payment-on-order-event"
    assert failure["cause"] in ("DeliveryCompleted", "OrderModified")
    assert "500" in failure["what"]
    assert [step for step in steps if step["kind"] in ("dead letter", "next")] == []
    assert {step["service"] for step in steps} >= {"payment", "payment-3p", "notifications"}
    times = [step["at"] for step in steps]
    assert times == sorted(times)
