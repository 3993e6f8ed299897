"""Payments and stock are correct after concurrent and repeated requests."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from ecom_client.journey import Shopper, Staff, lines, new_product, total_of
from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed

BUYERS, UNITS = 48, 3


def test_concurrent_orders_never_reserve_more_than_the_stock(
    platform_outside: Platform, buyer: Shopper, staff: Staff
) -> None:
    product = new_product(platform_outside)
    staff.set_stock(product["productId"], UNITS)
    wanted = lines((product, 1))
    tokens = [buyer.hold(total_of(wanted)) for _ in range(BUYERS)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda token: buyer.create_order(wanted, token), tokens))
    accepted = [answer for answer in answers if answer["success"]]
    refused = [[problem["code"] for problem in answer["problems"]] for answer in answers if not answer["success"]]
    assert len(accepted) == UNITS
    assert refused == [["INSUFFICIENT_STOCK"]] * (BUYERS - UNITS)
    assert len({answer["order"]["orderId"] for answer in accepted}) == UNITS
    assert staff.stock(product["productId"]) == {
        "productId": product["productId"],
        "onHand": UNITS,
        "reserved": UNITS,
        "available": 0,
    }


def test_concurrent_retries_create_one_order(platform_outside: Platform, buyer: Shopper, staff: Staff) -> None:
    product = new_product(platform_outside)
    staff.set_stock(product["productId"], 5)
    wanted, client_token = lines((product, 1)), str(uuid.uuid4())
    token = buyer.hold(total_of(wanted))

    def attempt(_: int) -> dict[str, object]:
        return buyer.create_order(wanted, token, client_token=client_token)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert all(answer["success"] for answer in answers), answers
    orders = [answer["order"] for answer in answers]
    assert orders == [orders[0]] * 8
    stock = staff.stock(product["productId"])
    assert stock is not None
    assert stock["reserved"] == 1

    order_id = answers[0]["order"]["orderId"]  # type: ignore[index]  # success was asserted
    staff.pack(order_id)
    packaged = buyer.wait_for(order_id, status="PACKAGED")
    again = attempt(0)
    assert (again["success"], again["order"]) == (True, packaged)


def test_other_content_under_the_same_client_token_is_refused(platform_outside: Platform, buyer: Shopper) -> None:
    product = new_product(platform_outside)
    client_token = str(uuid.uuid4())
    buyer.buy(lines((product, 1)), client_token)
    other = lines((product, 2))
    answer = buyer.create_order(other, buyer.hold(total_of(other)), client_token=client_token)
    assert not answer["success"]
    assert [problem["code"] for problem in answer["problems"]] == ["IDEMPOTENCY_MISMATCH"]


def test_a_payment_token_pays_for_one_order(platform_outside: Platform, buyer: Shopper, stranger: Shopper) -> None:
    wanted = lines((new_product(platform_outside), 1))
    order = buyer.buy(wanted)
    answer = stranger.create_order(wanted, order["paymentToken"])
    assert not answer["success"]
    assert [problem["code"] for problem in answer["problems"]] == ["PAYMENT_REFUSED"]
