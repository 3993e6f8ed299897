"""Invalid and unauthorized requests of storefronts are refused with typed problems or errors."""

from collections.abc import Callable
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, Product, Refused, Shopper, Staff, lines, new_product, total_of
from ecom_client.made import new_id
from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed


@pytest.fixture(scope="module")
def product(platform_outside: Platform) -> Product:
    return new_product(platform_outside, price=1000)


def problems(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["success"] is False
    assert answer["order"] is None
    assert answer["errors"]
    assert answer["message"]
    return [{key: value for key, value in problem.items() if value is not None} for problem in answer["problems"]]


def codes(answer: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in problems(answer)]


def test_a_line_with_another_price_than_the_catalogue_is_refused(buyer: Shopper, product: Product) -> None:
    cheap = [{**product, "price": 1, "quantity": 50}, {**product, "quantity": 1}]
    answer = buyer.create_order(cheap, buyer.hold(total_of(cheap)))
    (problem,) = problems(answer)
    assert (problem["code"], problem["productId"]) == ("PRICE_CHANGED", product["productId"])
    assert (problem["expected"], problem["given"]) == (1000, 1)


def test_an_unknown_product_is_refused(buyer: Shopper, product: Product) -> None:
    unknown = [{**product, "productId": "unknown-product", "quantity": 1}]
    (problem,) = problems(buyer.create_order(unknown, buyer.hold(total_of(unknown))))
    assert (problem["code"], problem["productId"]) == ("UNKNOWN_PRODUCT", "unknown-product")


def test_another_delivery_price_than_the_quoted_one_is_refused(buyer: Shopper, product: Product) -> None:
    wanted = lines((product, 1))
    far = {**ADDRESS, "country": "AU"}
    quoted = buyer.delivery_price(wanted, far)
    answer = buyer.create_order(wanted, buyer.hold(total_of(wanted)), delivery_price=0, address=far)
    (problem,) = problems(answer)
    assert (problem["code"], problem["expected"], problem["given"]) == ("DELIVERY_PRICE_CHANGED", quoted, 0)


def test_a_hold_below_the_total_is_refused(buyer: Shopper, product: Product) -> None:
    wanted = lines((product, 2))
    assert codes(buyer.create_order(wanted, buyer.hold(total_of(wanted) - 1))) == ["PAYMENT_REFUSED"]


def test_an_unknown_payment_token_is_refused(buyer: Shopper, product: Product) -> None:
    assert codes(buyer.create_order(lines((product, 1)), "not-a-token")) == ["PAYMENT_REFUSED"]


def test_all_problems_are_returned_at_once(buyer: Shopper, product: Product) -> None:
    wrong = [{**product, "price": 1, "quantity": 1}]
    answer = buyer.create_order(wrong, "not-a-token", delivery_price=7)
    assert sorted(codes(answer)) == ["DELIVERY_PRICE_CHANGED", "PAYMENT_REFUSED", "PRICE_CHANGED"]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: [{**line, "quantity": 0}],
        lambda line: [{**line, "quantity": -1}],
        lambda line: [{**line, "quantity": 1001}],
        lambda line: [{**line, "price": -1000}],
        lambda line: [line] * 51,
        lambda line: [],
        lambda line: [{**line, "price": 2_147_483_647, "quantity": 2}],
        lambda line: [{**line, "name": "x" * 100_000}],
    ],
    ids=["none", "negative", "too-many", "negative-price", "too-many-lines", "no-lines", "total", "long-name"],
)
def test_invalid_lines_are_refused(
    buyer: Shopper, product: Product, change: Callable[[Product], list[Product]]
) -> None:
    (line,) = lines((product, 1))
    assert codes(buyer.create_order(change(line), "token")) == ["INVALID_INPUT"]


@pytest.mark.parametrize("country", ["", "D", "DNK", "1!"])
def test_an_invalid_country_code_is_refused(buyer: Shopper, product: Product, country: str) -> None:
    address = {**ADDRESS, "country": country}
    assert codes(buyer.create_order(lines((product, 1)), "token", address=address)) == ["INVALID_INPUT"]


def test_more_units_than_available_are_refused(platform_outside: Platform, buyer: Shopper, staff: Staff) -> None:
    scarce = new_product(platform_outside)
    staff.set_stock(scarce["productId"], 1)
    wanted = lines((scarce, 2))
    (problem,) = problems(buyer.create_order(wanted, buyer.hold(total_of(wanted))))
    assert problem["code"] == "INSUFFICIENT_STOCK"
    assert (problem["productId"], problem["requested"], problem["available"]) == (scarce["productId"], 2, 1)


def test_stock_counted_before_the_catalogue_has_the_product_counts(
    platform_outside: Platform, buyer: Shopper, staff: Staff
) -> None:
    """Goods arrive before the shop shows them. Once the product exists, the count limits its orders."""
    product_id = new_id()
    staff.set_stock(product_id, 1)
    wanted = lines((new_product(platform_outside, productId=product_id), 2))
    (problem,) = problems(buyer.create_order(wanted, buyer.hold(total_of(wanted))))
    assert (problem["code"], problem["available"]) == ("INSUFFICIENT_STOCK", 1)


def test_illegal_steps_of_staff_are_refused(buyer: Shopper, staff: Staff, product: Product) -> None:
    order_id = buyer.buy(lines((product, 1)))["orderId"]
    staff.pack(order_id)
    for step in (staff.start_packaging, staff.complete_packaging):
        with pytest.raises(Refused) as refused:
            step(order_id)
        assert refused.value.types == ["ILLEGAL_MOVE"]
    for step in (staff.start_packaging, staff.complete_packaging, staff.start_delivery, staff.complete_delivery):
        with pytest.raises(Refused) as refused:
            step("00000000-0000-4000-8000-000000000000")
        assert refused.value.types == ["NOT_FOUND"]


def test_a_shopper_may_not_use_the_fields_of_staff(
    platform_outside: Platform, buyer: Shopper, product: Product
) -> None:
    order_id = buyer.buy(lines((product, 1)))["orderId"]
    shopper_as_staff = Staff(platform_outside, buyer.person)
    calls: list[Callable[[], object]] = [
        lambda: shopper_as_staff.start_packaging(order_id),
        lambda: shopper_as_staff.start_delivery(order_id),
        lambda: shopper_as_staff.set_stock(product["productId"], 1),
        lambda: shopper_as_staff.stock(product["productId"]),
        lambda: shopper_as_staff.packaging(order_id),
        lambda: shopper_as_staff.delivery(order_id),
    ]
    for call in calls:
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.types == ["Unauthorized"]
