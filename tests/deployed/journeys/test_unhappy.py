"""Cancelled and failed orders: order, hold and stock agree at the end, and there are no dead letters."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import Product, Provider, Purchase, Refused, Shopper, Staff, history_of, lines, new_product
from ecom_client.made import new_id
from ecom_client.platform import Platform, manual_event
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed

ON_HAND = 10
RACES = int(os.environ.get("ECOM_RACES", "5"))


@pytest.fixture
def product(platform_outside: Platform, staff: Staff) -> Product:
    made = new_product(platform_outside, price=1000)
    staff.set_stock(made["productId"], ON_HAND)
    return made


def stock_is(staff: Staff, product: Product, *, on_hand: int, reserved: int) -> None:
    wanted = {"onHand": on_hand, "reserved": reserved, "available": on_hand - reserved}
    poll(
        lambda: staff.stock(product["productId"]),
        lambda stock: stock is not None and {**stock, **wanted} == stock,
        what=f"stock {wanted}",
    )


def hold_is(provider: Provider, order: Purchase, status: str, **amounts: int) -> dict[str, Any]:
    return poll(
        lambda: provider.payment(order["paymentToken"]),
        lambda entry: entry["status"] == status and {**entry, **amounts} == entry,
        what=f"the hold {status} {amounts}",
    )


def no_dead_letters(platform: Platform, order: Purchase) -> None:
    assert dead_letters_about(platform, order["orderId"]) == []


def test_an_order_is_cancelled_before_packaging_starts(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, product: Product
) -> None:
    order = buyer.buy(lines((product, 2)))
    with platform_outside.events("ecommerce.warehouse", "ecommerce.payment") as caught:
        assert buyer.cancel(order["orderId"])["status"] == "CANCELLED"
        assert buyer.cancel(order["orderId"])["status"] == "CANCELLED"  # a repeat has the same result
        done = buyer.wait_for(order["orderId"], status="CANCELLED", paymentStatus="VOIDED")
        caught.wait_for(order["orderId"], "PackagingCancelled")
        caught.wait_for(order["orderId"], "PaymentVoided")
    assert [status for status, _ in history_of(done)] == ["NEW", "CANCELLED"]
    hold_is(provider, order, "CANCELLED", captured=0)
    stock_is(staff, product, on_hand=ON_HAND, reserved=0)
    with pytest.raises(Refused) as refused:
        staff.start_packaging(order["orderId"])
    assert refused.value.types == ["ILLEGAL_MOVE"]
    no_dead_letters(platform_outside, order)


def test_staff_may_cancel_an_order_and_other_shoppers_may_not(
    platform_outside: Platform, buyer: Shopper, stranger: Shopper, staff: Staff, product: Product
) -> None:
    order = buyer.buy(lines((product, 1)))
    with pytest.raises(Refused) as refused:
        stranger.cancel(order["orderId"])
    assert refused.value.types == ["NOT_FOUND"]
    assert Shopper(platform_outside, staff.person).cancel(order["orderId"])["status"] == "CANCELLED"


def test_an_order_is_not_cancelled_after_packaging_starts(
    platform_outside: Platform, buyer: Shopper, staff: Staff, product: Product
) -> None:
    order = buyer.buy(lines((product, 1)))
    poll(lambda: staff.packaging(order["orderId"]), what="packaging request")
    staff.start_packaging(order["orderId"])
    with pytest.raises(Refused) as refused:
        buyer.cancel(order["orderId"])
    assert refused.value.types == ["ILLEGAL_MOVE"]
    staff.complete_packaging(order["orderId"])
    buyer.wait_for(order["orderId"], status="PACKAGED", paymentStatus="AUTHORISED")
    no_dead_letters(platform_outside, order)


def test_a_smaller_package_lowers_total_and_hold(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, product: Product
) -> None:
    missing = new_product(platform_outside, price=500)
    staff.set_stock(missing["productId"], ON_HAND)
    order = buyer.buy(lines((product, 3), (missing, 2)))
    order_id = order["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    staff.start_packaging(order_id)
    staff.pack_only(order_id, product["productId"], 1)
    staff.pack_only(order_id, missing["productId"], 0)
    staff.complete_packaging(order_id)
    packaged = buyer.wait_for(order_id, status="PACKAGED", total=1000)
    assert [(line["productId"], line["quantity"]) for line in packaged["products"]] == [(product["productId"], 1)]
    stock_is(staff, product, on_hand=ON_HAND - 1, reserved=0)
    stock_is(staff, missing, on_hand=ON_HAND, reserved=0)
    hold_is(provider, order, "HELD", authorised=1000)
    staff.deliver(order_id)
    buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
    hold_is(provider, order, "CAPTURED", captured=1000)
    no_dead_letters(platform_outside, order)


def test_an_empty_package_ends_the_order(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, product: Product
) -> None:
    order = buyer.buy(lines((product, 2)))
    order_id = order["orderId"]
    poll(lambda: staff.packaging(order_id), what="packaging request")
    staff.start_packaging(order_id)
    staff.pack_only(order_id, product["productId"], 0)
    staff.complete_packaging(order_id)
    buyer.wait_for(order_id, status="PACKAGING_FAILED", paymentStatus="VOIDED")
    hold_is(provider, order, "CANCELLED", captured=0)
    stock_is(staff, product, on_hand=ON_HAND, reserved=0)
    assert staff.delivery(order_id) is None
    no_dead_letters(platform_outside, order)


def test_a_failed_delivery_voids_the_hold_and_returns_the_stock(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, product: Product
) -> None:
    order = buyer.buy(lines((product, 2)))
    order_id = order["orderId"]
    staff.pack(order_id)
    poll(lambda: staff.delivery(order_id), what="delivery")
    staff.start_delivery(order_id)
    staff.fail_delivery(order_id)
    buyer.wait_for(order_id, status="DELIVERY_FAILED", paymentStatus="VOIDED")
    hold_is(provider, order, "CANCELLED", captured=0)
    stock_is(staff, product, on_hand=ON_HAND, reserved=0)
    no_dead_letters(platform_outside, order)


def test_of_a_concurrent_cancellation_and_packaging_one_succeeds(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider, product: Product
) -> None:
    """Order, hold and request agree with the one that succeeded. `ECOM_RACES=100` runs more races."""

    def succeeds(act: Callable[[str], object], order_id: str) -> bool:
        try:
            act(order_id)
        except Refused as refused:
            if refused.types != ["ILLEGAL_MOVE"]:
                raise
            return False
        return True

    staff.set_stock(product["productId"], RACES)  # packaged units leave the stock
    for _ in range(RACES):
        order = buyer.buy(lines((product, 1)))
        order_id = order["orderId"]
        poll(lambda order_id=order_id: staff.packaging(order_id), what="packaging request")  # type: ignore[misc]  # a default binds the loop's value
        with ThreadPoolExecutor(2) as pool:
            cancelled = pool.submit(succeeds, buyer.cancel, order_id)
            started = pool.submit(succeeds, staff.start_packaging, order_id)
        assert cancelled.result() != started.result()
        request = staff.packaging(order_id)
        assert request is not None
        if cancelled.result():
            assert request["status"] == "CANCELLED"
            buyer.wait_for(order_id, status="CANCELLED", paymentStatus="VOIDED")
            hold_is(provider, order, "CANCELLED")
        else:
            assert request["status"] == "IN_PROGRESS"
            staff.complete_packaging(order_id)
            buyer.wait_for(order_id, status="PACKAGED", paymentStatus="AUTHORISED")
            hold_is(provider, order, "HELD")
        no_dead_letters(platform_outside, order)


def test_an_order_created_after_its_cancellation_takes_no_stock(
    platform_outside: Platform, buyer: Shopper, staff: Staff, product: Product
) -> None:
    """The warehouse stores a CANCELLED request for an order that it does not know yet."""
    order_id = new_id()
    url = platform_outside.parameter("warehouse/api/url")
    answer = platform_outside.signed("POST", f"{url}/backend/cancel", {"orderId": order_id})
    assert (answer.status, answer.body) == (200, {"ok": True})
    late = manual_event(
        "orders", "OrderCreated", order_id, products=lines((product, 2)), paymentToken=new_id(), total=2000
    )
    platform_outside.put_events([late])
    other = buyer.buy(lines((product, 1)))
    staff.pack(other["orderId"])
    buyer.wait_for(other["orderId"], status="PACKAGED")
    request = staff.packaging(order_id)
    assert request is not None
    assert request["status"] == "CANCELLED"
    stock_is(staff, product, on_hand=ON_HAND - 1, reserved=0)
