"""createOrder asked by a service that leaves prices open."""

from dataclasses import replace
from typing import Any

import pytest

from ecom.http import Unreachable
from ecom.jsons import dumps
from ecom.limits import MAX_LINES
from ecom.publish import MAX_BYTES as EVENTBRIDGE_BYTES
from orders.tests.builders import LIFETIME, NOON, USER, address, kettle, mug, request
from orders.tests.fakes import ImmediateExecutor, OrdersInMemory, OtherServices, PaymentTokensInMemory, lost_answers
from orders_service.create_order import CreateOrder
from orders_service.domain import Order, Status, transition
from orders_service.open_orders import leaves_prices_open, read_open_order
from orders_service.rows import line_from_item, order_from_item

CATALOGUE = {one["productId"]: replace(line_from_item(one), quantity=None) for one in (kettle(), mug())}


def wanted(**changes: Any) -> dict[str, Any]:
    fields = {
        "products": [{"productId": "kettle", "quantity": 2}, {"productId": "mug"}],
        "address": address(),
        "paymentToken": "token-1",
        "clientToken": "once",
    }
    return {**fields, **changes}


class Shop:
    def __init__(self) -> None:
        self.orders = OrdersInMemory()
        self.others = OtherServices()
        self.others.catalogue, self.others.price = dict(CATALOGUE), 1000
        self.tokens = PaymentTokensInMemory(self.orders, LIFETIME, 2)
        self.create_order = CreateOrder(
            self.orders, self.tokens, self.others, self.others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        return self.create_order.run_for_service(wanted(**changes), USER, NOON, "request-1")

    @property
    def stored(self) -> list[Order]:
        return [order_from_item(item) for item in self.orders.items.values()]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def problems(answer: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    assert answer["success"] is False
    return [(problem["code"], problem["expected"], problem["given"]) for problem in answer["problems"]]


def test_an_unfinished_order_that_exists_after_all_is_finished_by_its_repeat(shop: Shop) -> None:
    with lost_answers(shop.orders):
        assert not shop.order()["success"]
    assert shop.tokens.unfinished
    assert shop.order()["success"]
    assert shop.tokens.unfinished == []


def test_the_prices_are_those_of_the_services(shop: Shop) -> None:
    answer = shop.order()
    (stored,) = shop.stored
    assert answer["success"] is True
    assert [(line.product_id, line.name, line.price, line.quantity) for line in stored.lines or ()] == [
        ("kettle", "Kettle", 3990, 2),
        ("mug", "Mug", 990, 1),
    ]
    assert (stored.delivery_price, stored.total) == (1000, 2 * 3990 + 990 + 1000)
    assert shop.others.calls == ["catalogue", "delivery-pricing", "payment", "reserve"]


@pytest.mark.parametrize("channel", [None, "cart"])
def test_the_order_keeps_the_channel_which_a_repeat_does_not_change(shop: Shop, channel: str | None) -> None:
    complete = request(clientToken="complete", paymentToken="token-2", deliveryPrice=1000)
    for order in (wanted(), complete):
        assert shop.create_order.run_for_service(order, USER, NOON, "request-1", channel)["success"] is True
        assert shop.create_order.run_for_service(order, USER, NOON, "request-2", "another")["success"] is True
    assert [order.channel for order in shop.stored] == [channel, channel]
    assert all(item.get("channel") == channel for item in shop.orders.items.values())


def test_lines_of_one_product_are_one_line(shop: Shop) -> None:
    shop.order(products=[{"productId": "kettle", "quantity": 2}, {"productId": "kettle", "quantity": 3}])
    assert [(line.product_id, line.quantity) for line in shop.stored[0].lines or ()] == [("kettle", 5)]


def test_the_same_request_finds_its_order_although_prices_changed(shop: Shop) -> None:
    first = shop.order()
    shop.others.catalogue, shop.others.price, shop.others.covers = {}, 9000, False
    shop.others.calls.clear()
    assert shop.order() == first
    assert shop.others.calls == []
    order_id = first["order"]["orderId"]
    shop.orders.change(order_id, lambda order: transition(order, Status.CANCELLED, "cancelOrder", NOON), "request-2")
    assert shop.order()["order"]["status"] == "CANCELLED"


@pytest.mark.parametrize(
    "changes",
    [
        {"products": [{"productId": "kettle", "quantity": 1}, {"productId": "mug"}]},
        {"products": [{"productId": "kettle", "quantity": 2, "price": 3990}, {"productId": "mug"}]},
        {"address": address(city="Other City")},
        {"total": 9970},
        {"deliveryPrice": 1000},
        {"paymentToken": "token-2"},
    ],
)
def test_the_same_token_with_other_content_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    shop.order()
    assert [code for code, *_ in problems(shop.order(**changes))] == ["IDEMPOTENCY_MISMATCH"]


def test_the_same_lines_in_another_order_are_the_same_request(shop: Shop) -> None:
    first = shop.order()
    assert shop.order(products=list(reversed(wanted()["products"]))) == first


@pytest.mark.parametrize("price", [1, 3989, 3991])
def test_what_is_given_is_checked(shop: Shop, price: int) -> None:
    lines = [{"productId": "kettle", "price": price}, {"productId": "gone"}]
    assert problems(shop.order(products=lines)) == [("PRICE_CHANGED", 3990, price), ("UNKNOWN_PRODUCT", None, None)]
    assert problems(shop.order(deliveryPrice=7, total=8)) == [
        ("DELIVERY_PRICE_CHANGED", 1000, 7),
        ("TOTAL_CHANGED", 2 * 3990 + 990 + 1000, 8),
    ]
    assert shop.stored == []
    assert "payment" not in shop.others.calls
    assert shop.order(deliveryPrice=1000, total=2 * 3990 + 990 + 1000)["success"] is True


def test_a_total_above_the_largest_int_is_refused(shop: Shop) -> None:
    shop.others.catalogue = {**CATALOGUE, "kettle": replace(CATALOGUE["kettle"], price=2_147_483_647)}
    assert [code for code, *_ in problems(shop.order())] == ["INVALID_INPUT"]


def test_an_order_that_no_event_could_carry_is_refused(shop: Shop) -> None:
    """OrderModified carries it twice. The names of the catalogue count, which the request does not have."""
    ids = [f"{number:0200}" for number in range(MAX_LINES)]
    lines = [{"productId": one} for one in ids]
    shop.others.catalogue = {one: replace(CATALOGUE["mug"], product_id=one, name="\U0001f375" * 500) for one in ids}
    answer = shop.order(products=lines)
    assert [code for code, *_ in problems(answer)] == ["INVALID_INPUT"]
    assert "too large" in answer["errors"][0]
    assert shop.others.calls == ["catalogue", "delivery-pricing"]
    assert shop.order(products=lines[:30])["success"] is True
    (stored,) = shop.orders.items.values()
    assert len(dumps({"old": stored, "new": stored}).encode()) < EVENTBRIDGE_BYTES


@pytest.mark.parametrize("call", ["catalogue", "price", "covers", "shortages"])
def test_a_service_that_does_not_answer_is_try_again(shop: Shop, call: str) -> None:
    before = getattr(shop.others, call)
    setattr(shop.others, call, Unreachable("503"))
    assert [code for code, *_ in problems(shop.order())] == ["TRY_AGAIN"]
    assert shop.stored == []
    setattr(shop.others, call, before)
    assert shop.order()["success"] is True


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"products": []}, "products"),
        ({"products": [{"productId": "kettle", "quantity": 0}]}, "products[0].quantity"),
        ({"products": [{"productId": "kettle", "name": "Kettle"}]}, "name"),
        ({"products": [{"quantity": 1}]}, "products[0].productId"),
        ({"products": [{"productId": "kettle", "quantity": 600}] * 2}, "kettle"),
        ({"address": {}}, "address"),
        ({"paymentToken": ""}, "paymentToken"),
        ({"total": -1}, "total"),
        ({"total": "1"}, "total"),
        ({"deliveryPrice": 1.5}, "deliveryPrice"),
        ({"coupon": "x"}, "coupon"),
    ],
)
def test_invalid_input_names_its_place(shop: Shop, changes: dict[str, Any], place: str) -> None:
    answer = shop.order(**changes)
    assert {code for code, *_ in problems(answer)} == {"INVALID_INPUT"}
    assert any(place in message for message in answer["errors"])
    assert shop.others.calls == []


def test_a_complete_order_is_checked_as_that_of_a_storefront(shop: Shop) -> None:
    assert not leaves_prices_open(request())
    answer = shop.create_order.run_for_service(request(deliveryPrice=1000), USER, NOON, "request-1")
    assert answer["success"] is True
    assert "products" in shop.others.calls
    assert "catalogue" not in shop.others.calls


def test_the_hash_has_what_was_given_only() -> None:
    assert read_open_order(wanted()).content_hash() == read_open_order(wanted(deliveryPrice=None)).content_hash()
    assert read_open_order(wanted()).content_hash() != read_open_order(wanted(total=0)).content_hash()
