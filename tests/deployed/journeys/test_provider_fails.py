"""The payment provider fails; each payment is settled once, without an operator.

`ECOM_OUTAGE_SECONDS=60` makes the outage longer. From 60 seconds on it affects all holds, not only those of the test.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom_client.journey import Provider, Purchase, Shopper, Staff, history_of, lines, new_product, total_of
from ecom_client.platform import CapturedEvents, Platform, manual_event
from ecom_client.polling import poll
from ecom_testkit.counted import counted_and_taken_back
from ecom_testkit.dead_letters import all_dead_letters

pytestmark = pytest.mark.deployed

DELIVERIES = 10
OUTAGE_SECONDS = int(os.environ.get("ECOM_OUTAGE_SECONDS", "8"))
# A message that fails in the outage is retried after 5, 10, 20 ... s: after at most twice the outage, plus a margin.
TIME_LIMIT = 2 * OUTAGE_SECONDS + 60


def each(act: Callable[[Purchase], Any], orders: Iterable[Purchase]) -> list[Any]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(act, orders))


def buy_some(platform: Platform, buyer: Shopper, count: int, quantity: int = 2) -> list[Purchase]:
    product = new_product(platform, price=1000)
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: buyer.buy(lines((product, quantity))), range(count)))


def pack_one_unit(buyer: Shopper, staff: Staff, order: Purchase) -> None:
    """Package one of two units, so that the hold must be lowered."""
    order_id = order["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    staff.start_packaging(order_id)
    staff.pack_only(order_id, order["products"][0]["productId"], 1)
    staff.complete_packaging(order_id)
    buyer.wait_for(order_id, status="PACKAGED", total=1000)


def no_dead_letters(platform: Platform, *orders: Purchase) -> None:
    ids = {order["orderId"] for order in orders}
    assert [each for each in all_dead_letters(platform) if any(order_id in each.body for order_id in ids)] == []


def outcomes_of(caught: CapturedEvents, order: Purchase) -> list[tuple[str, int]]:
    return [(event["detail-type"], event["detail"]["amount"]) for event in caught.about(order["orderId"])]


def test_a_lost_answer_to_each_call_has_one_effect(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """The provider's ledger, the order and the events agree. payment/tests/unit/test_provider_fails.py tests the other
    failures of each call."""
    lowered, captured, cancelled = orders = buy_some(platform_outside, buyer, 3)
    for order, operation in zip(orders, ("updateAmount", "processPayment", "cancelPayment"), strict=True):
        provider.script("TIMEOUT_AFTER", order["paymentToken"], operations=[operation], times=1)
    with platform_outside.events("ecommerce.payment") as caught:
        buyer.cancel(cancelled["orderId"])
        each(lambda order: pack_one_unit(buyer, staff, order), (lowered, captured))
        each(lambda order: staff.deliver(order["orderId"]), (lowered, captured))
        for order in (lowered, captured):
            buyer.wait_for(order["orderId"], TIME_LIMIT, status="FULFILLED", paymentStatus="CAPTURED", total=1000)
            entry = provider.payment(order["paymentToken"])
            assert (entry["status"], entry["authorised"], entry["captured"]) == ("CAPTURED", 1000, 1000)
            assert outcomes_of(caught, order) == [("PaymentCaptured", 1000)]
        buyer.wait_for(cancelled["orderId"], TIME_LIMIT, status="CANCELLED", paymentStatus="VOIDED")
        entry = provider.payment(cancelled["paymentToken"])
        assert (entry["status"], entry["captured"]) == ("CANCELLED", 0)
        assert outcomes_of(caught, cancelled) == [("PaymentVoided", 2000)]
    no_dead_letters(platform_outside, *orders)


@pytest.mark.parametrize("behaviour", ["TIMEOUT_AFTER", "ERROR"])
def test_a_failed_check_is_retried_and_creates_one_order(
    platform_outside: Platform, buyer: Shopper, provider: Provider, behaviour: str
) -> None:
    """createOrder retries the check within its time limit; after that the storefront retries createOrder."""
    wanted = lines((new_product(platform_outside, price=1000), 1))
    token = buyer.hold(total_of(wanted))
    provider.script(behaviour, token, operations=["check"], times=3)
    first = buyer.create_order(wanted, token)
    assert first["success"]
    assert buyer.create_order(wanted, token)["order"]["orderId"] == first["order"]["orderId"]
    assert provider.payment(token)["status"] == "HELD"


def test_deliveries_during_an_outage_are_captured_once_after_it(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """Ten orders are delivered while the provider is down."""
    orders = buy_some(platform_outside, buyer, DELIVERIES)
    each(lambda order: staff.pack(order["orderId"]), orders)
    each(lambda order: poll(lambda: staff.delivery(order["orderId"]), what="delivery"), orders)
    with platform_outside.events("ecommerce.payment") as caught:
        for token in [None] if OUTAGE_SECONDS >= 60 else [order["paymentToken"] for order in orders]:
            provider.script("DOWN", token, seconds=OUTAGE_SECONDS)
        each(lambda order: staff.deliver(order["orderId"]), orders)
        for order in orders:
            buyer.wait_for(order["orderId"], TIME_LIMIT, status="FULFILLED", paymentStatus="CAPTURED")
        for order in orders:
            entry = provider.payment(order["paymentToken"])
            assert (entry["status"], entry["captured"]) == ("CAPTURED", order["total"])
            assert outcomes_of(caught, order) == [("PaymentCaptured", order["total"])]
    no_dead_letters(platform_outside, *orders)


def alarm_states(platform: Platform) -> list[str]:
    alarms = platform.client("cloudwatch").get_paginator("describe_alarms")
    return [
        alarm["StateValue"]
        for page in alarms.paginate(AlarmTypes=["MetricAlarm"])
        for alarm in page["MetricAlarms"]
        if alarm.get("MetricName") == "PaymentFailed"
    ]


def test_a_declined_capture_is_final_and_raises_the_alarm(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """The package is delivered and not paid: order, event and alarm show it, and payment does not retry."""
    began = datetime.now(UTC)
    (order,) = buy_some(platform_outside, buyer, 1)
    order_id = order["orderId"]
    provider.script("DECLINE", order["paymentToken"], operations=["processPayment"])
    with platform_outside.events("ecommerce.payment") as caught:
        staff.pack(order_id)
        staff.deliver(order_id)
        done = buyer.wait_for(order_id, status="FULFILLED", paymentStatus="FAILED")
        assert outcomes_of(caught, order) == [("PaymentFailed", order["total"])]
        provider.script("NONE", order["paymentToken"])
        platform_outside.put_events([manual_event("delivery", "DeliveryCompleted", order_id)])
        (other,) = buy_some(platform_outside, buyer, 1)
        buyer.cancel(other["orderId"])
        caught.wait_for(other["orderId"], "PaymentVoided")
        assert outcomes_of(caught, order) == [("PaymentFailed", order["total"])], "a decline is final"
    assert history_of(done)[-1][0] == "FULFILLED"
    assert provider.payment(order["paymentToken"])["captured"] == 0
    with counted_and_taken_back(platform_outside, "PaymentFailed", "payment", began):
        poll(
            lambda: alarm_states(platform_outside),
            lambda states: "ALARM" in states,
            seconds=90 if platform_outside.endpoint else 600,
            what="the alarm PaymentsFail",
        )
    no_dead_letters(platform_outside, order)


def test_a_delivery_that_fails_after_a_capture_with_a_lost_answer_stays_captured(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """Payment first repeats the capture that it began. The hold is captured, so it cannot be voided.

    On a busy machine payment may learn of the capture before the delivery fails. That must have the same result, and
    the test runs again.
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
                lambda entry: entry["status"] == "CAPTURED",
                what="the capture at the provider",
            )
            in_time = buyer.known(order_id)["paymentStatus"] == "AUTHORISED"
            platform_outside.put_events([manual_event("delivery", "DeliveryFailed", order_id)])
            buyer.wait_for(order_id, TIME_LIMIT, status="FULFILLED", paymentStatus="CAPTURED")
            assert outcomes_of(caught, order) == [("PaymentCaptured", order["total"])]
        assert provider.payment(order["paymentToken"])["captured"] == order["total"]
        no_dead_letters(platform_outside, order)
        if in_time:
            return
    pytest.fail("payment always learned of the capture before the delivery could fail")


def test_a_hold_is_lowered_before_it_is_captured(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    """DeliveryCompleted arrives before the order is packaged."""
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
    entry = provider.payment(order["paymentToken"])
    assert (entry["authorised"], entry["captured"]) == (1000, 1000)
    no_dead_letters(platform_outside, order)
