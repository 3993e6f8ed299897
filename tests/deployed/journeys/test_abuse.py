"""Invalid requests of a storefront: each is answered with a typed problem and leaves no order, hold or reservation."""

from collections.abc import Callable
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, Product, Refused, Shopper, Staff, lines, new_product, total_of
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


def test_two_lines_of_one_product_at_two_prices(buyer: Shopper, product: Product) -> None:
    cheap = [{**product, "price": 1, "quantity": 50}, {**product, "quantity": 1}]
    answer = buyer.create_order(cheap, buyer.hold(total_of(cheap)))
    (problem,) = problems(answer)
    assert (problem["code"], problem["productId"]) == ("PRICE_CHANGED", product["productId"])
    assert (problem["expected"], problem["given"]) == (1000, 1)


def test_a_product_that_is_not_in_the_catalogue(buyer: Shopper, product: Product) -> None:
    unknown = [{**product, "productId": "never-created", "quantity": 1}]
    (problem,) = problems(buyer.create_order(unknown, buyer.hold(total_of(unknown))))
    assert (problem["code"], problem["productId"]) == ("UNKNOWN_PRODUCT", "never-created")


def test_a_wrong_delivery_price(buyer: Shopper, product: Product) -> None:
    wanted = lines((product, 1))
    far = {**ADDRESS, "country": "AU"}
    asked = buyer.delivery_price(wanted, far)
    answer = buyer.create_order(wanted, buyer.hold(total_of(wanted)), delivery_price=0, address=far)
    (problem,) = problems(answer)
    assert (problem["code"], problem["expected"], problem["given"]) == ("DELIVERY_PRICE_CHANGED", asked, 0)


def test_less_money_than_the_order_costs(buyer: Shopper, product: Product) -> None:
    wanted = lines((product, 2))
    assert codes(buyer.create_order(wanted, buyer.hold(total_of(wanted) - 1))) == ["PAYMENT_REFUSED"]


def test_an_unknown_payment_token(buyer: Shopper, product: Product) -> None:
    assert codes(buyer.create_order(lines((product, 1)), "not-a-token")) == ["PAYMENT_REFUSED"]


def test_all_problems_are_in_one_answer(buyer: Shopper, product: Product) -> None:
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
def test_invalid_input(buyer: Shopper, product: Product, change: Callable[[Product], list[Product]]) -> None:
    (line,) = lines((product, 1))
    assert codes(buyer.create_order(change(line), "token")) == ["INVALID_INPUT"]


@pytest.mark.parametrize("country", ["", "D", "DNK", "1!"])
def test_an_unknown_country(buyer: Shopper, product: Product, country: str) -> None:
    address = {**ADDRESS, "country": country}
    assert codes(buyer.create_order(lines((product, 1)), "token", address=address)) == ["INVALID_INPUT"]


def test_more_than_is_in_stock(platform_outside: Platform, buyer: Shopper, staff: Staff) -> None:
    scarce = new_product(platform_outside)
    staff.set_stock(scarce["productId"], 1)
    wanted = lines((scarce, 2))
    (problem,) = problems(buyer.create_order(wanted, buyer.hold(total_of(wanted))))
    assert problem["code"] == "INSUFFICIENT_STOCK"
    assert (problem["productId"], problem["requested"], problem["available"]) == (scarce["productId"], 2, 1)


def test_illegal_transitions_by_staff_change_nothing(buyer: Shopper, staff: Staff, product: Product) -> None:
    order_id = buyer.buy(lines((product, 1)))["orderId"]
    staff.pack(order_id)
    for move in (staff.start_packaging, staff.complete_packaging):
        with pytest.raises(Refused) as refused:
            move(order_id)
        assert refused.value.types == ["ILLEGAL_MOVE"]
    for move in (staff.start_packaging, staff.complete_packaging, staff.start_delivery, staff.complete_delivery):
        with pytest.raises(Refused) as refused:
            move("00000000-0000-4000-8000-000000000000")
        assert refused.value.types == ["NOT_FOUND"]


def test_a_shopper_is_no_staff(platform_outside: Platform, buyer: Shopper, product: Product) -> None:
    order_id = buyer.buy(lines((product, 1)))["orderId"]
    pretender = Staff(platform_outside, buyer.person)
    moves: list[Callable[[], object]] = [
        lambda: pretender.start_packaging(order_id),
        lambda: pretender.start_delivery(order_id),
        lambda: pretender.set_stock(product["productId"], 1),
        lambda: pretender.stock(product["productId"]),
        lambda: pretender.packaging(order_id),
        lambda: pretender.delivery(order_id),
    ]
    for move in moves:
        with pytest.raises(Refused) as refused:
            move()
        assert refused.value.types == ["Unauthorized"]
