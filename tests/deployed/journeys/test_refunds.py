"""Refunds on the running platform: by staff and by services, once at the provider, shown to the shopper."""

from typing import Any

import pytest

from ecom_client.journey import Provider, Purchase, Refused, Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import all_dead_letters

pytestmark = pytest.mark.deployed
PRICE = 1000
# The queue's message about a refund comes 10 seconds after it was stored.
TIME_LIMIT = 60


@pytest.fixture
def delivered(platform_outside: Platform, buyer: Shopper, staff: Staff) -> Purchase:
    """An order that is delivered and captured."""
    order = buyer.buy(lines((new_product(platform_outside, price=PRICE), 2)))
    staff.pack(order["orderId"])
    staff.deliver(order["orderId"])
    buyer.wait_for(order["orderId"], status="FULFILLED", paymentStatus="CAPTURED")
    return order


def refused_with(error: str, staff: Staff, order_id: str, amount: int, token: str) -> None:
    with pytest.raises(Refused) as refused:
        staff.refund(order_id, amount, token)
    assert refused.value.types == [error]


def test_a_part_and_then_the_rest(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, delivered: Purchase
) -> None:
    order_id = delivered["orderId"]
    with platform_outside.events("ecommerce.payment") as caught:
        refund = staff.refund(order_id, 500, new_id()[:40])
        assert (refund["amount"], refund["status"]) == (500, "DONE")
        part = buyer.wait_for(order_id, paymentStatus="PARTIALLY_REFUNDED")
        assert part["refunded"] == 500
        refused_with("ILLEGAL_MOVE", staff, order_id, 1501, new_id()[:40])
        refused_with("INVALID_INPUT", staff, order_id, 0, new_id()[:40])
        token = new_id()[:40]
        assert staff.refund(order_id, 1500, token) == staff.refund(order_id, 1500, token)
        refused_with("IDEMPOTENCY_MISMATCH", staff, order_id, 1, token)
        everything = buyer.wait_for(order_id, paymentStatus="REFUNDED")
        assert everything["refunded"] == 2000
        assert everything["status"] == "FULFILLED"
        events = [event["detail"] for event in caught.about(order_id, "PaymentRefunded")]
    assert [(event["amount"], event["refundedTotal"], event["captured"]) for event in events] == [
        (500, 500, 2000),
        (1500, 2000, 2000),
    ]
    assert events[0]["refundId"] == refund["refundId"]
    assert provider.payment(delivered["paymentToken"])["refunded"] == 2000
    assert [letter for letter in all_dead_letters(platform_outside) if order_id in letter.body] == []


@pytest.mark.parametrize("behaviour", ["TIMEOUT_AFTER", "TIMEOUT_BEFORE"])
def test_a_refund_whose_answer_was_lost_ends_by_itself(
    buyer: Shopper, staff: Staff, provider: Provider, delivered: Purchase, behaviour: str
) -> None:
    order_id, token = delivered["orderId"], new_id()[:40]
    provider.script(behaviour, delivered["paymentToken"], operations=["refund"], times=1)
    assert staff.refund(order_id, 700, token)["status"] == "PENDING"
    shown = buyer.wait_for(order_id, TIME_LIMIT, paymentStatus="PARTIALLY_REFUNDED")
    assert shown["refunded"] == 700
    assert staff.refund(order_id, 700, token)["status"] == "DONE"
    assert provider.payment(delivered["paymentToken"])["refunded"] == 700


def test_a_declined_refund_is_final(staff: Staff, provider: Provider, delivered: Purchase) -> None:
    order_id, token = delivered["orderId"], new_id()[:40]
    provider.script("DECLINE", delivered["paymentToken"], operations=["refund"], times=1)
    assert staff.refund(order_id, 2000, token)["status"] == "FAILED"
    assert staff.refund(order_id, 2000, token)["status"] == "FAILED"
    assert provider.payment(delivered["paymentToken"])["refunded"] == 0
    assert staff.refund(order_id, 2000, new_id()[:40])["status"] == "DONE"


def test_a_service_refunds(platform_outside: Platform, buyer: Shopper, delivered: Purchase) -> None:
    url = platform_outside.parameter("payment/api/url") + "/backend/refund"
    order_id, refund_id = delivered["orderId"], new_id()

    def ask(**changes: object) -> tuple[int, dict[str, Any]]:
        body = {"refundId": refund_id, "orderId": order_id, "amount": 5000, "atMost": True, **changes}
        answer = platform_outside.signed("POST", url, body)
        return answer.status, answer.body

    done = (200, {"ok": True, "status": "DONE", "amount": 2000, "refunded": 2000})
    assert [ask(), ask()] == [done, done]
    status, body = ask(amount=1)
    assert (status, body["problems"][0]["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    status, body = ask(refundId=new_id(), amount=1, atMost=False)
    assert (status, body["problems"][0]["code"]) == (409, "MORE_THAN_CAPTURED")
    assert ask(amount=0)[0] == 400
    buyer.wait_for(order_id, paymentStatus="REFUNDED")


def test_a_payment_that_is_not_captured(platform_outside: Platform, buyer: Shopper) -> None:
    url = platform_outside.parameter("payment/api/url") + "/backend/refund"
    order = buyer.buy(lines((new_product(platform_outside, price=PRICE), 1)))
    body = {"refundId": new_id(), "orderId": order["orderId"], "amount": 1}

    def code() -> object:
        answer = platform_outside.signed("POST", url, body)
        return answer.status, answer.body["problems"][0]["code"]

    poll(lambda: code() == (503, "CAPTURE_PENDING"), what="the payment row of the order")
    buyer.cancel(order["orderId"])
    poll(lambda: code() == (409, "NOT_CAPTURED"), what="the voided payment")
