"""The events of a return, published five times each and backwards, change nothing any more."""

import pytest

from ecom_client.journey import Provider, Purchase, Shopper, Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.returns import Returns
from ecom_testkit.dead_letters import all_dead_letters
from ecom_testkit.mailbox import Mailbox
from returns.tests.deployed.conftest import PRICE, UNITS
from returns.tests.deployed.test_returns import back, wanted

pytestmark = pytest.mark.deployed

GOODWILL = 100
# Four about the order; the return was approved, and is finished.
MAILS = 6


def test_every_event_of_a_return_five_times_and_backwards(
    platform_outside: Platform, shopper: Person, buyer: Shopper, staff: Staff, provider: Provider,
    order: Purchase, product_id: str, mine: Returns, shop: Returns,
) -> None:  # fmt: skip
    order_id, mailbox = order["orderId"], Mailbox(platform_outside)
    with platform_outside.events("ecommerce.returns", "ecommerce.payment") as caught:
        return_id = mine.request(order_id, wanted(product_id), new_id())["returnId"]
        shop.approve(return_id)
        shop.receive(return_id, back(product_id))
        mine.wait_for(return_id, "REFUNDED")
        caught.wait_for(return_id, "ReturnRefunded")
        refunded = caught.wait_for(order_id, "PaymentRefunded")
        events = [*caught.about(return_id), refunded]
    assert len(events) == 5
    if mailbox.exists:
        mailbox.wait_for(to=shopper.email, about=order_id, count=MAILS)
    ended = mine.find(return_id)
    platform_outside.put_events([event for event in reversed(events) for _ in range(5)])
    # What follows the repeats has arrived when this has.
    staff.refund(order_id, GOODWILL, new_id())
    shown = buyer.wait_for(order_id, refunded=PRICE + GOODWILL)
    assert shown["paymentStatus"] == "PARTIALLY_REFUNDED"
    assert provider.payment(order["paymentToken"])["refunded"] == PRICE + GOODWILL
    assert mine.find(return_id) == ended
    stock = staff.stock(product_id)
    assert stock
    assert stock["onHand"] == 10 - UNITS + 1
    if mailbox.exists:
        assert len(mailbox.wait_for(to=shopper.email, about=order_id, count=MAILS)) == MAILS
    assert [letter for letter in all_dead_letters(platform_outside) if order_id in letter.body] == []
