"""The payment provider fails; the money is settled correctly, once, and without an operator.

`ECOM_OUTAGE_SECONDS=60` makes the outage longer, and then it is one for all, not only for this test's holds.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import Provider, Purchase, Shopper, Staff, history_of, lines, new_product, total_of
from ecom_client.platform import CapturedEvents, Platform, manual_event
from ecom_client.polling import poll
from ecom_testkit.dead_letters import all_dead_letters

pytestmark = pytest.mark.deployed

DELIVERIES = 10
OUTAGE_SECONDS = int(os.environ.get("ECOM_OUTAGE_SECONDS", "8"))
# A message that met the outage comes back after 5, 10, 20 ... seconds: at most twice the outage, and the rest.
PATIENCE = 2 * OUTAGE_SECONDS + 60


def each(act: Callable[[Purchase], Any], orders: Iterable[Purchase]) -> list[Any]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(act, orders))


def buy_some(platform: Platform, buyer: Shopper, count: int, quantity: int = 2) -> list[Purchase]:
    product = new_product(platform, price=1000)
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: buyer.buy(lines((product, quantity))), range(count)))


def pack_one_of_each(buyer: Shopper, staff: Staff, order: Purchase) -> None:
    """Package one unit of each product, so that the hold must be lowered."""
    order_id = order["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    staff.start_packaging(order_id)
    staff.pack_only(order_id, order["products"][0]["productId"], 1)
    staff.complete_packaging(order_id)
    buyer.wait_for(order_id, status="PACKAGED", total=1000)


def no_dead_letters(platform: Platform, *orders: Purchase) -> None:
    ids = {order["orderId"] for order in orders}
    assert [
        dead_letter for dead_letter in all_dead_letters(platform) if any(each in dead_letter.body for each in ids)
    ] == []


def ends_of(caught: CapturedEvents, order: Purchase) -> list[tuple[str, int]]:
    return [(event["detail-type"], event["detail"]["amount"]) for event in caught.about(order["orderId"])]


def test_the_answer_is_lost_at_each_call(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """One effect at the provider, on the order and in the events. payment/tests/unit/test_provider_fails.py covers the
    other failures of each call."""
    lowered, captured, cancelled = orders = buy_some(platform_outside, buyer, 3)
    for order, operation in zip(orders, ("updateAmount", "processPayment", "cancelPayment"), strict=True):
        provider.script("TIMEOUT_AFTER", order["paymentToken"], operations=[operation], times=1)
    with platform_outside.events("ecommerce.payment") as caught:
        buyer.cancel(cancelled["orderId"])
        each(lambda order: pack_one_unit(buyer, staff, order), (lowered, captured))
        each(lambda order: staff.deliver(order["orderId"]), (lowered, captured))
        for order in (lowered, captured):
            buyer.wait_for(order["orderId"], PATIENCE, status="FULFILLED", paymentStatus="CAPTURED", total=1000)
            books = provider.payment(order["paymentToken"])
            assert (books["status"], books["authorised"], books["captured"]) == ("CAPTURED", 1000, 1000)
            assert ends_of(caught, order) == [("PaymentCaptured", 1000)]
        buyer.wait_for(cancelled["orderId"], PATIENCE, status="CANCELLED", paymentStatus="VOIDED")
        books = provider.payment(cancelled["paymentToken"])
        assert (books["status"], books["captured"]) == ("CANCELLED", 0)
        assert ends_of(caught, cancelled) == [("PaymentVoided", 2000)]
    no_dead_letters(platform_outside, *orders)


@pytest.mark.parametrize("behaviour", ["TIMEOUT_AFTER", "ERROR"])
def test_the_answer_to_the_check_is_lost(
    platform_outside: Platform, buyer: Shopper, provider: Provider, behaviour: str
) -> None:
    """The call is repeated while the request waits; later the storefront repeats. It is one order either way."""
    wanted = lines((new_product(platform_outside, price=1000), 1))
    token = buyer.hold(total_of(wanted))
    provider.script(behaviour, token, operations=["check"], times=3)
    first = buyer.create_order(wanted, token)
    assert first["success"]
    assert buyer.create_order(wanted, token)["order"]["orderId"] == first["order"]["orderId"]
    assert provider.payment(token)["status"] == "HELD"


def test_the_provider_is_down_during_ten_deliveries(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """When the provider is back, each payment is captured exactly once."""
    orders = buy_some(platform_outside, buyer, DELIVERIES)
    each(lambda order: staff.pack(order["orderId"]), orders)
    each(lambda order: poll(lambda: staff.delivery(order["orderId"]), what="delivery"), orders)
    with platform_outside.events("ecommerce.payment") as caught:
        for token in [None] if OUTAGE_SECONDS >= 60 else [order["paymentToken"] for order in orders]:
            provider.script("DOWN", token, seconds=OUTAGE_SECONDS)
        each(lambda order: staff.deliver(order["orderId"]), orders)
        for order in orders:
            buyer.wait_for(order["orderId"], PATIENCE, status="FULFILLED", paymentStatus="CAPTURED")
        for order in orders:
            books = provider.payment(order["paymentToken"])
            assert (books["status"], books["captured"]) == ("CAPTURED", order["total"])
            assert ends_of(caught, order) == [("PaymentCaptured", order["total"])]
    no_dead_letters(platform_outside, *orders)


def test_a_capture_declined_for_good(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """The package is delivered but not paid: the order shows it, and the capture is not repeated."""
    (order,) = buy_some(platform_outside, buyer, 1)
    order_id = order["orderId"]
    provider.script("DECLINE", order["paymentToken"], operations=["processPayment"])
    with platform_outside.events("ecommerce.payment") as caught:
        staff.pack(order_id)
        staff.deliver(order_id)
        done = buyer.wait_for(order_id, status="FULFILLED", paymentStatus="FAILED")
        assert ends_of(caught, order) == [("PaymentFailed", order["total"])]
        provider.script("NONE", order["paymentToken"])
        platform_outside.put_events([manual_event("delivery", "DeliveryCompleted", order_id)])
        (other,) = buy_some(platform_outside, buyer, 1)
        buyer.cancel(other["orderId"])
        caught.wait_for(other["orderId"], "PaymentVoided")
        assert ends_of(caught, order) == [("PaymentFailed", order["total"])], "a decline is the last word"
    assert history_of(done)[-1][0] == "FULFILLED"
    assert provider.payment(order["paymentToken"])["captured"] == 0
    alarms = platform_outside.client("cloudwatch")
    poll(
        lambda: [
            alarm["StateValue"]
            for page in alarms.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
            for alarm in page["MetricAlarms"]
            if alarm.get("MetricName") == "PaymentFailed"
        ],
        lambda states: "ALARM" in states,
        seconds=90 if platform_outside.endpoint else 600,
        what="the alarm of payments that fail",
    )
    no_dead_letters(platform_outside, order)


def test_a_delivery_fails_while_the_answer_to_the_capture_is_lost(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """The capture is settled first: the money was captured, so there is no hold to void.

    Payment may find out before the delivery fails, on a busy machine: that must end well, too, and is tried again.
    """
    for _ in range(5):
        (order,) = buy_some(platform_outside, buyer, 1)
        order_id = order["orderId"]
        provider.script("TIMEOUT_AFTER", order["paymentToken"], operations=["processPayment"], times=1, delay=3)
        with platform_outside.events("ecommerce.payment") as caught:
            staff.pack(order_id)
            staff.deliver(order_id)
            poll(
                lambda order=order: provider.payment(order["paymentToken"]),  # type: ignore[misc]  # mypy knows no default of a lambda
                lambda books: books["status"] == "CAPTURED",
                what="a capture that payment does not know of",
            )
            in_time = buyer.known(order_id)["paymentStatus"] == "AUTHORISED"
            platform_outside.put_events([manual_event("delivery", "DeliveryFailed", order_id)])
            buyer.wait_for(order_id, PATIENCE, status="FULFILLED", paymentStatus="CAPTURED")
            assert ends_of(caught, order) == [("PaymentCaptured", order["total"])]
        assert provider.payment(order["paymentToken"])["captured"] == order["total"]
        no_dead_letters(platform_outside, order)
        if in_time:
            return
    pytest.fail("payment always knew of its capture before the delivery could fail")


def test_delivered_before_the_lower_total_is_known(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """The hold is always lowered before it is captured."""
    (order,) = buy_some(platform_outside, buyer, 1)
    order_id = order["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    platform_outside.put_events([manual_event("delivery", "DeliveryCompleted", order_id)])
    buyer.wait_for(order_id, status="FULFILLED", paymentStatus="AUTHORISED")
    assert provider.payment(order["paymentToken"])["status"] == "HELD"
    staff.start_packaging(order_id)
    staff.pack_only(order_id, order["products"][0]["productId"], 1)
    staff.complete_packaging(order_id)
    buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED", total=1000)
    books = provider.payment(order["paymentToken"])
    assert (books["authorised"], books["captured"]) == (1000, 1000)
    no_dead_letters(platform_outside, order)
