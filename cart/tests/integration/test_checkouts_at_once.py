"""Checkouts and events at once, repeated, late, and on tables that fail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cart.tests.builders import NOON, USER, CatalogueInMemory, line, product
from cart.tests.integration.till import CHECKOUTS, NO_WAIT, TABLE, Died, Till, die, products
from cart_service import bootstrap
from cart_service.checkouts import Checkouts
from cart_service.emptying import Emptying
from cart_service.handlers import on_order_created
from cart_service.repository import Carts
from cart_service.rows import key_of_user
from cart_service.shopping import Shopping
from ecom_testkit.lambda_events import LambdaContext, bus_event, queue_record, records
from ecom_testkit.lost_answers import LosesAnswers
from ecom_testkit.throttling import FAILURES, FailingClient


class TestAtOnce:
    def test_two_identical_checkouts_make_one_order(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        other: list[tuple[int, Any]] = []
        till.orders.before = lambda: other.append(till.ask())
        status, body = till.ask()
        assert sorted((status, other[0][0])) == [200, 201]
        assert body == other[0][1]
        assert len(till.orders.made) == 1

    def test_one_is_refused_while_the_other_is_under_way(self, till: Till) -> None:
        """The refused one must not take the checkout away from the other, which makes the order."""
        till.put_in(line("kettle", 2))

        def refuse_another() -> None:
            till.orders.refusal = ["INSUFFICIENT_STOCK"]
            assert till.codes() == (409, ["INSUFFICIENT_STOCK"])
            till.orders.refusal = []

        till.orders.before = refuse_another
        status, body = till.ask()
        assert status == 201
        till.announce(body["order"]["orderId"])
        assert till.cart() == {}

    def test_the_first_is_refused_while_a_joined_one_is_under_way(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.before = die
        with pytest.raises(Died):
            till.ask()

        def refuse_another() -> None:
            till.orders.refusal = ["PRICE_CHANGED"]
            till.codes()
            till.orders.refusal = []

        till.now += timedelta(seconds=61)
        till.orders.before = refuse_another
        assert till.ask()[0] == 200
        till.announce(next(iter(till.orders.made)))
        assert till.cart() == {}

    def test_the_cart_changes_between_checkout_and_event(self, till: Till) -> None:
        till.put_in(line("kettle", 5), line("cup", 2), line("rug", 1))
        _, body = till.ask()
        till.put_in(line("kettle", 7), line("cup", 1), line("pan", 4))
        till.announce(body["order"]["orderId"])
        assert till.cart() == {"kettle": 2, "pan": 4}

    def test_a_change_at_the_moment_of_the_event_is_kept(self, till: Till) -> None:
        till.put_in(line("kettle", 5))
        _, body = till.ask()

        class Interrupted(Checkouts):
            def take(inner, *arguments: Any) -> bool:  # noqa: N805 - `self` is the test
                if till.cart() == {"kettle": 5}:
                    till.put_in(line("kettle", 6))
                return super().take(*arguments)

        carts = till.carts
        interrupted = Emptying(carts, Interrupted(till.client, CHECKOUTS, carts), lambda: NOON, NO_WAIT)
        assert interrupted.take(body["order"]["orderId"], {"kettle": 5})
        assert till.cart() == {"kettle": 1}

    def test_a_change_whose_answer_was_lost_is_not_made_again_after_the_order(self, till: Till) -> None:
        """The SDK repeats the write. Meanwhile its units were ordered, and left the cart."""

        def order() -> None:
            _, body = till.ask()
            till.announce(body["order"]["orderId"])

        client: Any = LosesAnswers(till.client, order)
        shopping = Shopping(Carts(client, TABLE), CatalogueInMemory(product("kettle")), lambda: till.now, NO_WAIT)
        shopping.change(USER, None, "kettle", 2, None)
        ((_, asked),) = till.orders.asked
        assert asked["products"] == [{"productId": "kettle", "quantity": 2}]
        assert till.cart() == {}


class TestEvents:
    def test_a_repeated_event_changes_nothing(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        _, body = till.ask()
        till.announce(body["order"]["orderId"])
        till.put_in(line("kettle", 3))
        for _ in range(5):
            till.announce(body["order"]["orderId"])
        assert till.cart() == {"kettle": 3}

    def test_lines_of_one_product_and_lines_without_a_quantity(self, till: Till) -> None:
        till.put_in(line("kettle", 5))
        _, body = till.ask()
        lines = [{"productId": "kettle", "quantity": 2}, {"productId": "kettle"}]
        till.announce(body["order"]["orderId"], products=products({"products": lines}))
        assert till.cart() == {"kettle": 2}

    def test_an_expired_cart_stays_as_it_is(self, till: Till) -> None:
        version = till.put_in(line("kettle", 2))
        _, body = till.ask()
        till.now += timedelta(days=91)
        till.announce(body["order"]["orderId"])
        found = till.carts.find(key_of_user(USER))
        assert found is not None
        assert found.version == version

    def test_an_id_that_cannot_be_a_key_is_a_dead_letter(self, till: Till) -> None:
        event = bus_event(
            "ecommerce.orders", "OrderCreated", {"orderId": "x" * 3000, "products": []}, resources=["x" * 3000]
        )
        on_order_created.handler(records(queue_record(event)), LambdaContext())
        assert len(till.dead_letters.messages) == 1


@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_a_table_that_fails_at_any_call_loses_no_checkout(
    till: Till, code: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.put_in(line("kettle", 2))
    for succeed in range(5):
        failing = FailingClient(code, status, till.client, succeed)
        monkeypatch.setattr(bootstrap, "check_out", _given(till.check_out(failing)))
        assert till.ask()[0] in (200, 201, 503)
    monkeypatch.setattr(bootstrap, "check_out", till.check_out)
    answer, body = till.ask()
    assert (answer, len(till.orders.made)) == (200, 1)
    order_id = body["order"]["orderId"]
    for succeed in range(4):
        failing = FailingClient(code, status, till.client, succeed)
        monkeypatch.setattr(bootstrap, "emptying", _given(till.emptying(failing)))
        event = bus_event(
            "ecommerce.orders",
            "OrderCreated",
            {"orderId": order_id, "products": products(till.orders.made[order_id]["asked"])},
            resources=[order_id],
        )
        on_order_created.handler(records(queue_record(event)), LambdaContext())
    assert till.cart() == {}


def _given(value: Any) -> Callable[[], Any]:
    return lambda: value
