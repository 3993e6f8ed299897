"""createOrder: accepted once, or refused with every reason."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from ecom.dynamo import TableBusy
from ecom.http import Refused, Unreachable
from orders.tests.builders import LATER, LIFETIME, NOON, USER, draft_of, item, kettle, request
from orders.tests.fakes import ImmediateExecutor, OrdersInMemory, OtherServices, PaymentTokensInMemory, lost_answers
from orders_service.create_order import SECONDS, CreateOrder
from orders_service.domain import Order, Status, transition
from orders_service.graphql_view import to_graphql
from orders_service.problems import PRICE_CHANGED, UNKNOWN_PRODUCT, Problem, insufficient_stock
from orders_service.rows import order_from_item

CHANGED = Problem(PRICE_CHANGED, "changed", "kettle", expected=4990, given=3990)


class Shop:
    def __init__(self) -> None:
        self.orders = OrdersInMemory()
        self.tokens = PaymentTokensInMemory(self.orders, LIFETIME, 2)
        self.others = OtherServices()
        self.create_order = CreateOrder(
            self.orders, self.tokens, self.others, self.others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
        )

    def order(self, user_id: str = USER, **changes: Any) -> dict[str, Any]:
        return self.create_order.run(request(**changes), user_id, NOON, "request-1")

    @property
    def stored(self) -> list[Order]:
        return [order_from_item(item) for item in self.orders.items.values()]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def codes(answer: dict[str, Any]) -> list[str]:
    assert answer["success"] is False
    assert answer["order"] is None
    assert answer["errors"] == [problem["message"] for problem in answer["problems"]]
    return [problem["code"] for problem in answer["problems"]]


def test_an_accepted_order_is_stored_and_returned(shop: Shop) -> None:
    answer = shop.order()
    (stored,) = shop.stored
    assert answer == {
        "success": True,
        "message": "the order is accepted",
        "errors": None,
        "problems": None,
        "order": to_graphql(stored, "EUR"),
    }
    assert (stored.version, stored.correlation_id, stored.payment_token) == (1, "request-1", request()["paymentToken"])
    assert shop.others.calls == ["products", "delivery-pricing", "payment", "reserve"]


def test_invalid_input_calls_no_service(shop: Shop) -> None:
    assert codes(shop.order(products=[])) == ["INVALID_INPUT"]
    assert (shop.others.calls, shop.stored) == ([], [])


def test_all_problems_are_returned_together_and_nothing_is_reserved(shop: Shop) -> None:
    shop.others.lines = [CHANGED, Problem(UNKNOWN_PRODUCT, "unknown", "mug")]
    shop.others.price = 1000
    shop.others.covers = False
    answer = shop.order()
    assert codes(answer) == ["PRICE_CHANGED", "UNKNOWN_PRODUCT", "DELIVERY_PRICE_CHANGED", "PAYMENT_REFUSED"]
    assert (answer["problems"][0]["expected"], answer["problems"][0]["given"]) == (4990, 3990)
    assert (answer["problems"][2]["expected"], answer["problems"][2]["given"]) == (1000, 0)
    assert "reserve" not in shop.others.calls
    assert shop.stored == []


def test_too_little_stock_is_refused(shop: Shop) -> None:
    shop.others.shortages = [insufficient_stock("kettle", 2, 1)]
    answer = shop.order()
    assert codes(answer) == ["INSUFFICIENT_STOCK"]
    (problem,) = answer["problems"]
    assert (problem["productId"], problem["requested"], problem["available"]) == ("kettle", 2, 1)
    assert shop.stored == []


@pytest.mark.parametrize("call", ["lines", "price", "covers", "shortages"])
@pytest.mark.parametrize("failure", [Unreachable("503"), Refused("403")])
def test_a_service_that_does_not_answer_is_try_again(shop: Shop, call: str, failure: Exception) -> None:
    setattr(shop.others, call, failure)
    assert codes(shop.order()) == ["TRY_AGAIN"]
    assert shop.stored == []
    setattr(shop.others, call, getattr(OtherServices(), call))
    assert shop.order()["success"] is True


def test_a_problem_is_returned_although_another_service_does_not_answer(shop: Shop) -> None:
    shop.others.lines, shop.others.price = Unreachable("503"), 1000
    assert codes(shop.order()) == ["TRY_AGAIN", "DELIVERY_PRICE_CHANGED"]


def test_a_defect_is_not_taken_for_an_unavailable_service(shop: Shop) -> None:
    shop.others.lines = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        shop.order()


@pytest.mark.parametrize("token", [None, "once"])
def test_a_retry_returns_the_current_order_and_calls_no_service(shop: Shop, token: str | None) -> None:
    first = shop.order(clientToken=token)
    shop.others.calls.clear()
    shop.others.lines, shop.others.covers = [CHANGED], False
    assert shop.order(clientToken=token) == first
    order_id = first["order"]["orderId"]
    shop.orders.change(order_id, lambda order: transition(order, Status.PACKAGED, "PackageCreated", LATER), "event-1")
    later = shop.order(clientToken=token)
    assert (later["success"], later["order"]["status"]) == (True, "PACKAGED")
    assert (shop.others.calls, len(shop.stored)) == ([], 1)


def test_other_content_with_the_same_token_is_refused(shop: Shop) -> None:
    shop.order(clientToken="once")
    assert codes(shop.order(clientToken="once", products=[kettle()])) == ["IDEMPOTENCY_MISMATCH"]
    assert len(shop.stored) == 1


def test_a_concurrent_request_that_was_first_is_returned(shop: Shop) -> None:
    """Between the read and the write, an equal request created the order, and it changed."""
    first = replace(draft_of(request()).order(USER, NOON, "request-0"), status=Status.CANCELLED)
    others = Concurrent(lambda: shop.orders.create(first))
    shop.create_order = CreateOrder(
        shop.orders, shop.tokens, shop.others, others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
    )
    answer = shop.order()
    assert (answer["success"], answer["order"]["status"]) == (True, "CANCELLED")


class Concurrent(OtherServices):
    def __init__(self, write: Callable[[], object]) -> None:
        super().__init__()
        self.write = write

    def reserve(self, *arguments: Any) -> list[Problem]:
        self.write()
        return super().reserve(*arguments)


def test_other_content_does_not_take_the_stock_of_the_order_that_was_first(shop: Shop) -> None:
    """The reservation has the id of both, and belongs to the order that exists: another buyer must not get its stock
    before the warehouse knows of the order. The token that only the refused request has is free again."""
    first = draft_of(request(clientToken="once", paymentToken="first")).order(USER, NOON, "request-0")
    others = Concurrent(lambda: shop.orders.create(first))
    shop.create_order = CreateOrder(
        shop.orders, shop.tokens, others, others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
    )
    assert codes(shop.order(clientToken="once", paymentToken="second")) == ["IDEMPOTENCY_MISMATCH"]
    assert list(others.reserved) == [first.order_id]
    assert shop.tokens.claims == {}


def test_a_payment_token_is_used_by_one_order_of_any_user(shop: Shop) -> None:
    shop.order()
    assert codes(shop.order(clientToken="another")) == ["PAYMENT_REFUSED"]
    assert codes(shop.order(user_id="another-user")) == ["PAYMENT_REFUSED"]
    assert len(shop.stored) == 1


@pytest.mark.parametrize("changes", [{"contentHash": None}, {"userId": "another-user"}, {"total": "much"}])
def test_a_manually_written_item_under_the_id_is_not_returned(shop: Shop, changes: dict[str, Any]) -> None:
    stored = item(**changes)
    shop.orders.items[stored["orderId"]] = stored
    assert codes(shop.order()) == ["IDEMPOTENCY_MISMATCH"]
    assert shop.orders.items == {stored["orderId"]: stored}


def claims(shop: Shop) -> dict[Any, Any]:
    return shop.tokens.claims


def test_the_token_is_claimed_before_stock_is_reserved(shop: Shop) -> None:
    """With one token nobody reserves stock for two orders."""
    shop.others.shortages = Unreachable("503")
    shop.order(clientToken="first")
    shop.others.calls.clear()
    shop.others.shortages = []
    assert codes(shop.order(clientToken="second")) == ["PAYMENT_REFUSED"]
    assert "reserve" not in shop.others.calls
    assert shop.order(clientToken="first")["success"] is True


@pytest.mark.parametrize(
    ("service", "problem"),
    [("lines", [CHANGED]), ("covers", False), ("price", Unreachable("503")), ("shortages", [CHANGED])],
)
def test_a_refusal_gives_the_token_back(shop: Shop, service: str, problem: Any) -> None:
    setattr(shop.others, service, problem)
    shop.order(clientToken="first")
    assert (claims(shop), shop.others.reserved) == ({}, {})
    setattr(shop.others, service, getattr(OtherServices(), service))
    assert shop.order(clientToken="second")["success"] is True


def test_a_refusal_keeps_the_token_while_an_earlier_attempt_may_hold_stock(shop: Shop) -> None:
    shop.others.shortages = Unreachable("503")
    assert codes(shop.order(clientToken="first")) == ["TRY_AGAIN"]
    shop.others.shortages, shop.others.covers = [], False
    assert codes(shop.order(clientToken="first")) == ["PAYMENT_REFUSED"]
    shop.others.covers = True
    shop.others.calls.clear()
    assert codes(shop.order(clientToken="second")) == ["PAYMENT_REFUSED"]
    assert "reserve" not in shop.others.calls
    assert shop.order(clientToken="first")["success"] is True


def test_a_claim_ends_with_the_reservation(shop: Shop) -> None:
    shop.others.shortages = Unreachable("503")
    shop.order(clientToken="first")
    shop.others.shortages = []
    later = shop.create_order.run(request(clientToken="second"), USER, NOON + LIFETIME * 2, "request-2")
    assert later["success"] is True


def test_the_loser_of_two_orders_with_one_token_releases_its_stock(shop: Shop) -> None:
    def another_order_takes_the_token() -> None:
        shop.orders.tokens[request()["paymentToken"]] = "another"

    others = Concurrent(another_order_takes_the_token)
    shop.create_order = CreateOrder(
        shop.orders, shop.tokens, others, others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
    )
    assert codes(shop.order()) == ["PAYMENT_REFUSED"]
    assert (others.calls[-1], others.reserved) == ("release", {})


def test_the_answer_does_not_wait_for_a_warehouse_that_does_not_release(shop: Shop) -> None:
    others = Concurrent(lambda: shop.orders.tokens.update({request()["paymentToken"]: "another"}))
    others.released = Unreachable("503")
    shop.create_order = CreateOrder(
        shop.orders, shop.tokens, others, others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
    )
    assert codes(shop.order()) == ["PAYMENT_REFUSED"]


def test_unfinished_orders_of_a_user_are_bounded(shop: Shop) -> None:
    """Stock may be reserved for them, and they may never exist."""
    shop.others.shortages = Unreachable("503")
    for number in range(2):
        assert codes(shop.order(clientToken=str(number), paymentToken=str(number))) == ["TRY_AGAIN"]
    shop.others.shortages = []
    shop.others.calls.clear()
    answer = shop.order(clientToken="new", paymentToken="new")
    assert codes(answer) == ["TRY_AGAIN"]
    assert "unfinished" in answer["errors"][0]
    assert "reserve" not in shop.others.calls
    assert shop.order(user_id="another-user", clientToken="new", paymentToken="theirs")["success"] is True
    assert shop.order(clientToken="1", paymentToken="1")["success"] is True
    assert shop.order(clientToken="new", paymentToken="new")["success"] is True, "one is finished"


def test_an_unfinished_order_that_exists_after_all_is_finished_by_its_repeat(shop: Shop) -> None:
    """Its answer was lost, not its write. Else a user whose orders all exist could order nothing for 15 minutes."""

    def ask(name: str) -> dict[str, Any]:
        return shop.order(clientToken=name, paymentToken=name)

    with lost_answers(shop.orders):
        for name in ("one", "two"):
            assert codes(ask(name)) == ["TRY_AGAIN"]
    assert codes(ask("three")) == ["TRY_AGAIN"], "two are unfinished"
    assert ask("one")["success"]
    assert ask("three")["success"]


def test_a_throttled_table_is_try_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(order: Order) -> Order:
        raise TableBusy("throttled")

    monkeypatch.setattr(shop.orders, "create", throttled)
    assert codes(shop.order()) == ["TRY_AGAIN"]
    assert "release" not in shop.others.calls, "the order may exist"
    assert [order_id for _, order_id, _ in shop.tokens.unfinished] == list(shop.others.reserved)


def test_no_service_is_called_after_the_time_limit(shop: Shop) -> None:
    moments = iter([0.0, 0.0, SECONDS])
    shop.create_order = CreateOrder(
        shop.orders, shop.tokens, shop.others, shop.others, ImmediateExecutor(), lambda: next(moments), currency="EUR"
    )
    assert codes(shop.order()) == ["TRY_AGAIN"]
    assert "reserve" not in shop.others.calls


def test_an_answer_after_the_time_limit_is_try_again(shop: Shop) -> None:
    """Calls have time limits of their own; this one exceeds it."""
    over = Event()

    class Slow(OtherServices):
        def delivery_price(self, *_: Any, **__: Any) -> int:
            over.wait(30)
            return 0

    with ThreadPoolExecutor(4) as threads:
        moments = iter([0.0, SECONDS - 0.05])
        shop.create_order = CreateOrder(
            shop.orders, shop.tokens, Slow(), Slow(), threads, lambda: next(moments), currency="EUR"
        )
        assert codes(shop.order()) == ["TRY_AGAIN"]
        over.set()
