"""A malformed event becomes a dead letter. Corrected and redriven, it has the same result as a valid event."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ecom_client.journey import Product, Provider, Purchase, Shopper, Staff, history_of, lines, new_product
from ecom_client.platform import Platform, manual_event
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed
ROOT = Path(__file__).parents[3]
CONSUMERS = ("orders", "delivery")  # of PackageCreated


def redrive(platform: Platform, service: str, *arguments: str) -> str:
    """The output of `make redrive`."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.operate.redrive", service, *arguments],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": platform.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def correct(platform: Platform, service: str, order_id: str, quantity: int, folder: Path) -> None:
    """Act as the operator: find the dead letter, correct the quantity in a copy, send the copy back."""
    first, _, *_ = redrive(platform, service, "--about", order_id, "--dry-run").partition("\n- ")[2].partition("\n")
    message_id = first.split()[0]
    output = redrive(platform, service, "--id", message_id, "--show")
    event: dict[str, Any] = json.loads(output[output.index("{") :].strip().splitlines()[0])
    event["detail"]["products"][0]["quantity"] = quantity
    corrected = folder / f"{service}.json"
    corrected.write_text(json.dumps(event))
    assert "sent back" in redrive(platform, service, "--id", message_id, "--with", str(corrected))


def packaged(order: Purchase, product: Product, quantity: Any) -> dict[str, Any]:
    line = {"productId": product["productId"], "quantity": quantity}
    return manual_event("warehouse", "PackageCreated", order["orderId"], products=[line])


def result_of(buyer: Shopper, staff: Staff, provider: Provider, order: Purchase) -> dict[str, Any]:
    """The finished order without its ids, times and tracking number, and the captured amount."""
    order_id = order["orderId"]
    buyer.wait_for(order_id, status="PACKAGED", total=1000)
    staff.deliver(order_id)
    done = buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
    shipment = done["shipment"]
    assert shipment is not None
    unique = ("orderId", "createdDate", "modifiedDate", "history", "shipment")
    return {
        **{name: value for name, value in done.items() if name not in unique},
        "carrier": shipment["carrier"],
        "history": history_of(done),
        "captured": provider.payment(order["paymentToken"])["captured"],
    }


def test_a_corrected_event_has_the_same_result_as_a_valid_one(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, tmp_path: Path
) -> None:
    product = new_product(platform_outside, price=1000)
    broken, valid = (buyer.buy(lines((product, 2))) for _ in range(2))
    platform_outside.put_events([packaged(broken, product, "one"), packaged(valid, product, 1)])
    dead_letters = poll(
        lambda: dead_letters_about(platform_outside, broken["orderId"]),
        lambda found: len(found) == len(CONSUMERS),
        what="a dead letter of each consumer",
    )
    assert all("quantity" in dead_letter.reason for dead_letter in dead_letters), dead_letters
    assert buyer.known(broken["orderId"])["status"] == "NEW"
    for service in CONSUMERS:
        correct(platform_outside, service, broken["orderId"], 1, tmp_path)
    results = [result_of(buyer, staff, provider, order) for order in (broken, valid)]
    assert results[0] == results[1]
    assert results[0]["captured"] == 1000
    assert dead_letters_about(platform_outside, broken["orderId"]) == []
