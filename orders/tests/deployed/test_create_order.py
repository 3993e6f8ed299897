"""createOrder and cancelOrder on a deployed platform: accepted once, or refused with every reason."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, Product, Refused, Shopper, Staff, history_of, lines
from ecom_client.platform import Platform
from ecom_client.polling import poll
from orders.tests.deployed.conftest import event

pytestmark = pytest.mark.deployed


def codes(answer: dict[str, Any]) -> list[str]:
    assert (answer["success"], answer["order"]) == (False, None)
    assert answer["errors"] == [problem["message"] for problem in answer["problems"]]
    return [problem["code"] for problem in answer["problems"]]


def test_an_order_is_accepted_published_and_listed(platform_outside: Platform, buyer: Shopper, kettle: Product) -> None:
    with platform_outside.events("ecommerce.orders") as caught:
        order = buyer.buy(lines((kettle, 2)))
        created = caught.wait_for(order["orderId"], "OrderCreated")
    token = order["paymentToken"]
    assert (order["status"], order["paymentStatus"], order["total"]) == ("NEW", "AUTHORISED", 2 * kettle["price"])
    assert order["history"] == [{"at": order["createdDate"], "status": "NEW", "cause": "createOrder"}]
    assert created["detail"]["paymentToken"] == token
    assert (created["detail"]["total"], created["detail"]["metadata"]["sequence"]) == (order["total"], 1)
    assert set(created["detail"]["products"][0]) == {"productId", "name", "package", "price", "quantity"}
    assert buyer.order(order["orderId"]) is not None
    poll(lambda: order["orderId"] in [each["orderId"] for each in buyer.orders()["orders"]])


def test_eight_retries_at_once_are_one_order(platform_outside: Platform, buyer: Shopper, kettle: Product) -> None:
    token, once, wanted = buyer.hold(kettle["price"]), str(uuid.uuid4()), lines((kettle, 1))
    with platform_outside.events("ecommerce.orders") as caught, ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(buyer.create_order, wanted, token, client_token=once) for _ in range(8)]
        answers = [each.result() for each in calls]
        assert answers[0]["success"], answers[0]
        order_id = answers[0]["order"]["orderId"]
        caught.wait_for(order_id, "OrderCreated")
        assert len(caught.about(order_id, "OrderCreated")) == 1
    assert all(answer == answers[0] for answer in answers)
    assert order_id == str(uuid.uuid5(uuid.UUID(buyer.person.user_id), once))


def test_a_retry_returns_the_current_order(platform_outside: Platform, buyer: Shopper, kettle: Product) -> None:
    token = buyer.hold(kettle["price"])
    order = buyer.create_order(lines((kettle, 1)), token)["order"]
    platform_outside.put_events([event("DeliveryStarted", order["orderId"])])
    shipped = buyer.wait_for(order["orderId"], status="SHIPPED")
    again = buyer.create_order(lines((kettle, 1)), token)
    assert (again["success"], again["order"]) == (True, shipped)
    assert codes(buyer.create_order(lines((kettle, 2)), token)) == ["IDEMPOTENCY_MISMATCH"]


def test_a_payment_token_is_used_by_one_order(buyer: Shopper, stranger: Shopper, kettle: Product) -> None:
    token, first = buyer.hold(kettle["price"]), str(uuid.uuid4())
    assert buyer.create_order(lines((kettle, 1)), token, client_token=first)["success"]
    second = buyer.create_order(lines((kettle, 1)), token, client_token=str(uuid.uuid4()))
    assert codes(second) == ["PAYMENT_REFUSED"]
    assert codes(stranger.create_order(lines((kettle, 1)), token)) == ["PAYMENT_REFUSED"]


def test_all_problems_at_once(buyer: Shopper, kettle: Product) -> None:
    cheap, right = {**kettle, "price": 1, "quantity": 50}, {**kettle, "quantity": 1}
    gone = {**kettle, "productId": f"gone-{uuid.uuid4()}", "quantity": 1}
    far = {**ADDRESS, "country": "US"}
    answer = buyer.create_order([cheap, right, gone], buyer.hold(100_000), delivery_price=1, address=far)
    assert codes(answer) == ["PRICE_CHANGED", "UNKNOWN_PRODUCT", "DELIVERY_PRICE_CHANGED"]
    changed, unknown, delivery = answer["problems"]
    assert (changed["productId"], changed["expected"], changed["given"]) == (kettle["productId"], kettle["price"], 1)
    assert unknown["productId"] == gone["productId"]
    assert (delivery["expected"] % 1500, delivery["given"]) == (0, 1)


def test_a_payment_that_does_not_cover_is_refused(buyer: Shopper, kettle: Product) -> None:
    assert codes(buyer.create_order(lines((kettle, 2)), buyer.hold(2 * kettle["price"] - 1))) == ["PAYMENT_REFUSED"]
    assert codes(buyer.create_order(lines((kettle, 1)), f"no-such-{uuid.uuid4()}")) == ["PAYMENT_REFUSED"]


def test_too_little_stock_is_refused_with_the_available_units(buyer: Shopper, boss: Staff, kettle: Product) -> None:
    boss.set_stock(kettle["productId"], 2)
    token = buyer.hold(3 * kettle["price"])
    answer = buyer.create_order(lines((kettle, 3)), token)
    assert codes(answer) == ["INSUFFICIENT_STOCK"]
    (problem,) = answer["problems"]
    assert (problem["productId"], problem["requested"], problem["available"]) == (kettle["productId"], 3, 2)
    boss.set_stock(kettle["productId"], 3)
    assert buyer.create_order(lines((kettle, 3)), token)["success"], "refusals are not remembered"


BAD_LINES: list[dict[str, Any]] = [
    {"quantity": 0},
    {"quantity": -5},
    {"quantity": 1001},
    {"price": -1},
    {"productId": ""},
    {"productId": "x" * 201},
    {"package": {"width": -1}},
]


@pytest.mark.parametrize("change", BAD_LINES)
def test_invalid_lines_are_refused(buyer: Shopper, kettle: Product, change: dict[str, Any]) -> None:
    answer = buyer.create_order([{**kettle, "quantity": 1, **change}], "any")
    assert codes(answer) == ["INVALID_INPUT"]
    assert "products[0]" in answer["problems"][0]["message"]


def test_other_invalid_input_is_refused(buyer: Shopper, kettle: Product) -> None:
    one = lines((kettle, 1))
    many = [{**kettle, "productId": f"p{number}", "quantity": 1} for number in range(51)]
    costly = [{**kettle, "price": 2_147_483_647, "quantity": 2}]
    for answer in (
        buyer.create_order(many, "any"),
        buyer.create_order([], "any"),
        buyer.create_order(costly, "any"),
        buyer.create_order(one, "any", delivery_price=-1),
        buyer.create_order(one, "any", address={**ADDRESS, "country": "Denmark"}),
    ):
        assert codes(answer) == ["INVALID_INPUT"]


def test_an_order_is_cancelled_until_packaging_starts(
    buyer: Shopper, stranger: Shopper, boss: Staff, kettle: Product
) -> None:
    boss.set_stock(kettle["productId"], 5)
    order_id = buyer.buy(lines((kettle, 2)))["orderId"]
    with pytest.raises(Refused) as refused:
        stranger.cancel(order_id)
    assert refused.value.types == ["NOT_FOUND"]
    cancelled = buyer.cancel(order_id)
    assert (cancelled["status"], history_of(cancelled)[-1][0]) == ("CANCELLED", "CANCELLED")
    assert buyer.cancel(order_id)["history"] == cancelled["history"]
    poll(lambda: boss.stock(kettle["productId"]), lambda stock: bool(stock and stock["available"] == 5))
    late = buyer.buy(lines((kettle, 1)))["orderId"]
    poll(lambda: boss.packaging(late), what="packaging request")
    boss.start_packaging(late)
    for caller in (buyer, Shopper(boss.platform, boss.person)):
        with pytest.raises(Refused) as refused:
            caller.cancel(late)
        assert refused.value.types == ["ILLEGAL_MOVE"]
    found = buyer.order(late)
    assert found is not None
    assert found["status"] == "NEW"
