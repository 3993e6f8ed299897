"""createOrder: accepted once, or refused with every reason."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from ecom.errors import TryAgain
from ecom.http import Refused, Unreachable
from orders.tests.builders import LATER, NOON, USER, line, request
from orders.tests.fakes import AtOnce, OrdersInMemory, Others
from orders_service.create_order import SECONDS, Placing
from orders_service.domain import CANCELLED, PACKAGED, Order, moved
from orders_service.graphql_view import shown
from orders_service.problems import PRICE_CHANGED, UNKNOWN_PRODUCT, Problem, insufficient

CHANGED = Problem(PRICE_CHANGED, "changed", "kettle", expected=4990, given=3990)


class Shop:
    def __init__(self) -> None:
        self.orders = OrdersInMemory()
        self.others = Others()
        self.placing = Placing(self.orders, self.others, self.others, AtOnce(), lambda: 0.0)

    def order(self, user_id: str = USER, **changes: Any) -> dict[str, Any]:
        return self.placing.place(request(**changes), user_id, NOON, "request-1")

    @property
    def placed(self) -> list[Order]:
        return list(self.orders.items.values())


@pytest.fixture
def shop() -> Shop:
    return Shop()


def codes(answer: dict[str, Any]) -> list[str]:
    assert answer["success"] is False
    assert answer["order"] is None
    assert answer["errors"] == [problem["message"] for problem in answer["problems"]]
    return [problem["code"] for problem in answer["problems"]]


def test_an_accepted_order_is_answered_and_placed(shop: Shop) -> None:
    answer = shop.order()
    (placed,) = shop.placed
    assert answer == {
        "success": True,
        "message": "the order is accepted",
        "errors": None,
        "problems": None,
        "order": shown(placed),
    }
    assert (placed["version"], placed["correlationId"], placed["paymentToken"]) == (
        1,
        "request-1",
        request()["paymentToken"],
    )
    assert shop.others.asked == ["products", "delivery-pricing", "payment", "reserve"]


def test_bad_input_asks_nobody(shop: Shop) -> None:
    assert codes(shop.order(products=[])) == ["INVALID_INPUT"]
    assert (shop.others.asked, shop.placed) == ([], [])


def test_all_refusals_come_together_and_nothing_is_reserved(shop: Shop) -> None:
    shop.others.products = [CHANGED, Problem(UNKNOWN_PRODUCT, "unknown", "mug")]
    shop.others.price = 1000
    shop.others.covers = False
    answer = shop.order()
    assert codes(answer) == ["PRICE_CHANGED", "UNKNOWN_PRODUCT", "DELIVERY_PRICE_CHANGED", "PAYMENT_REFUSED"]
    assert (answer["problems"][0]["expected"], answer["problems"][0]["given"]) == (4990, 3990)
    assert (answer["problems"][2]["expected"], answer["problems"][2]["given"]) == (1000, 0)
    assert "reserve" not in shop.others.asked
    assert shop.placed == []


def test_too_little_stock(shop: Shop) -> None:
    shop.others.short = [insufficient("kettle", 2, 1)]
    answer = shop.order()
    assert codes(answer) == ["INSUFFICIENT_STOCK"]
    (problem,) = answer["problems"]
    assert (problem["productId"], problem["requested"], problem["available"]) == ("kettle", 2, 1)
    assert shop.placed == []


@pytest.mark.parametrize("who", ["products", "price", "covers", "short"])
@pytest.mark.parametrize("failure", [Unreachable("503"), Refused("403")])
def test_who_does_not_answer_says_neither_yes_nor_no(shop: Shop, who: str, failure: Exception) -> None:
    setattr(shop.others, who, failure)
    assert codes(shop.order()) == ["TRY_AGAIN"]
    assert shop.placed == []
    setattr(shop.others, who, getattr(Others(), who))
    assert shop.order()["success"] is True


def test_a_refusal_is_said_although_another_service_is_away(shop: Shop) -> None:
    shop.others.products, shop.others.price = Unreachable("503"), 1000
    assert codes(shop.order()) == ["TRY_AGAIN", "DELIVERY_PRICE_CHANGED"]


def test_an_error_of_ours_is_not_taken_for_a_service_that_is_away(shop: Shop) -> None:
    shop.others.products = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        shop.order()


@pytest.mark.parametrize("token", [None, "once"])
def test_a_retry_answers_the_order_as_it_stands_and_asks_nobody(shop: Shop, token: str | None) -> None:
    first = shop.order(clientToken=token)
    shop.others.asked.clear()
    shop.others.products, shop.others.covers = [CHANGED], False
    assert shop.order(clientToken=token) == first
    order_id = first["order"]["orderId"]
    shop.orders.change(order_id, lambda order: moved(order, PACKAGED, "PackageCreated", LATER), "event-1")
    later = shop.order(clientToken=token)
    assert (later["success"], later["order"]["status"]) == (True, PACKAGED)
    assert (shop.others.asked, len(shop.placed)) == ([], 1)


def test_other_content_under_the_same_token_is_refused(shop: Shop) -> None:
    shop.order(clientToken="once")
    assert codes(shop.order(clientToken="once", products=[line()])) == ["IDEMPOTENCY_MISMATCH"]
    assert len(shop.placed) == 1


def test_who_was_first_at_the_same_moment_is_answered(shop: Shop) -> None:
    """Between our look and our write, the twin of this request placed the order, and it moved on."""

    def twin() -> None:
        shop.orders.place({**order, "status": CANCELLED})

    order = Shop().order()["order"]
    order = {**next(iter(_placed_by(request()))), "orderId": order["orderId"]}
    shop.placing = Placing(shop.orders, shop.others, Meddling(twin), AtOnce(), lambda: 0.0)
    answer = shop.order()
    assert (answer["success"], answer["order"]["status"]) == (True, CANCELLED)


def _placed_by(given: dict[str, Any]) -> list[Order]:
    shop = Shop()
    shop.placing.place(given, USER, NOON, "request-0")
    return shop.placed


class Meddling(Others):
    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self.do = do

    def shortages(self, *_: Any, **__: Any) -> list[Problem]:
        self.do()
        return []


def test_a_payment_token_is_of_one_order_whoever_owns_it(shop: Shop) -> None:
    shop.order()
    assert codes(shop.order(clientToken="another")) == ["PAYMENT_REFUSED"]
    assert codes(shop.order(user_id="another-user")) == ["PAYMENT_REFUSED"]
    assert len(shop.placed) == 1


def test_an_order_put_by_hand_under_the_id_is_no_answer(shop: Shop) -> None:
    (placed,) = _placed_by(request())
    for odd in ({"contentHash": None}, {"userId": "somebody-else"}):
        shop.orders.items[placed["orderId"]] = {**placed, **odd}
        assert codes(shop.order()) == ["IDEMPOTENCY_MISMATCH"]


def test_a_busy_table_is_said_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(order: Order) -> Order:
        raise TryAgain("busy")

    monkeypatch.setattr(shop.orders, "place", busy)
    assert codes(shop.order()) == ["TRY_AGAIN"]


def test_time_that_is_used_up_asks_nobody_else(shop: Shop) -> None:
    moments = iter([0.0, 0.0, SECONDS])
    shop.placing = Placing(shop.orders, shop.others, shop.others, AtOnce(), lambda: next(moments))
    assert codes(shop.order()) == ["TRY_AGAIN"]
    assert "reserve" not in shop.others.asked


def test_an_answer_that_trickles_in_is_not_waited_for(shop: Shop) -> None:
    """The calls have time limits of their own; this is about one that does not keep it."""
    over = Event()

    class Slow(Others):
        def delivery_price(self, *_: Any, **__: Any) -> int:
            over.wait(30)
            return 0

    with ThreadPoolExecutor(3) as threads:
        moments = iter([0.0, SECONDS - 0.05])
        shop.placing = Placing(shop.orders, Slow(), Slow(), threads, lambda: next(moments))
        assert codes(shop.order()) == ["TRY_AGAIN"]
        over.set()
