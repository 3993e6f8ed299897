"""A malformed event becomes a dead letter; mended and redriven, it ends as if it had been right from the start."""

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
    """What `make redrive` prints."""
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


def mend(platform: Platform, service: str, order_id: str, quantity: int, folder: Path) -> None:
    """What an operator does: find the letter, put right what is wrong in it, send it back."""
    first, _, *_ = redrive(platform, service, "--about", order_id, "--dry-run").partition("\n- ")[2].partition("\n")
    letter = first.split()[0]
    shown = redrive(platform, service, "--id", letter, "--show")
    event: dict[str, Any] = json.loads(shown[shown.index("{") :].strip().splitlines()[0])
    event["detail"]["products"][0]["quantity"] = quantity
    mended = folder / f"{service}.json"
    mended.write_text(json.dumps(event))
    assert "sent back" in redrive(platform, service, "--id", letter, "--with", str(mended))


def packaged(order: Purchase, product: Product, quantity: Any) -> dict[str, Any]:
    line = {"productId": product["productId"], "quantity": quantity}
    return manual_event("warehouse", "PackageCreated", order["orderId"], products=[line])


def story_of(buyer: Shopper, staff: Staff, provider: Provider, order: Purchase) -> dict[str, Any]:
    """How the order ends, without what is its own: ids and times."""
    order_id = order["orderId"]
    buyer.wait_for(order_id, status="PACKAGED", total=1000)
    staff.deliver(order_id)
    done = buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
    own = ("orderId", "createdDate", "modifiedDate", "history")
    return {
        **{name: value for name, value in done.items() if name not in own},
        "history": history_of(done),
        "captured": provider.payment(order["paymentToken"])["captured"],
    }


def test_mended_and_redriven_is_right_from_the_start(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, tmp_path: Path
) -> None:
    product = new_product(platform_outside, price=1000)
    broken, right = (buyer.buy(lines((product, 2))) for _ in range(2))
    platform_outside.put_events([packaged(broken, product, "one"), packaged(right, product, 1)])
    letters = poll(
        lambda: dead_letters_about(platform_outside, broken["orderId"]),
        lambda found: len(found) == len(CONSUMERS),
        what="a dead letter of each consumer",
    )
    assert all("quantity" in letter.reason for letter in letters), letters
    assert buyer.known(broken["orderId"])["status"] == "NEW"
    for service in CONSUMERS:
        mend(platform_outside, service, broken["orderId"], 1, tmp_path)
    ends = [story_of(buyer, staff, provider, order) for order in (broken, right)]
    assert ends[0] == ends[1]
    assert ends[0]["captured"] == 1000
    assert dead_letters_about(platform_outside, broken["orderId"]) == []
