"""Checkout through the handler: what is ordered, what is refused, and what a repeat does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cart.tests.builders import USER, line
from cart.tests.integration.till import Died, Till, die
from cart.tests.unit.test_checkout_requests import ADDRESS
from cart_service.handlers import rest_checkout
from ecom_testkit.lambda_events import LambdaContext, rest_event
from ecom_testkit.metric_lines import sums


class TestOrdering:
    def test_the_lines_are_the_carts_and_leave_it_by_the_event(self, till: Till) -> None:
        till.put_in(line("kettle", 2), line("cup", 1))
        status, body = till.ask()
        (user, asked), order_id = till.orders.asked[0], body["order"]["orderId"]
        assert (status, user) == (201, USER)
        assert asked["products"] == [{"productId": "kettle", "quantity": 2}, {"productId": "cup", "quantity": 1}]
        assert "paymentToken" not in body["order"]
        assert till.cart() == {"kettle": 2, "cup": 1}, "until OrderCreated"
        till.announce(order_id)
        assert till.cart() == {}

    def test_the_checkout_is_stored_before_the_order_is_asked_for(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        seen: list[Any] = []
        till.orders.before = lambda: seen.extend(till.checkouts)
        _, body = till.ask()
        (row,) = seen
        assert (row["orderId"], row["userId"]) == (body["order"]["orderId"], USER)
        assert row["lines"] == [{"productId": "kettle", "quantity": 2}]
        assert row["contentHash"]

    def test_the_same_request_again_answers_the_same_order_whatever_the_cart_holds(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        _, first = till.ask()
        assert till.ask() == (200, first)
        till.announce(first["order"]["orderId"])
        assert till.ask() == (200, first), "the cart is empty"
        till.put_in(line("cup", 5))
        assert till.ask() == (200, first)
        assert len(till.orders.made) == 1
        assert till.cart() == {"cup": 5}

    @pytest.mark.parametrize("change", [{"total": 5}, {"cartVersion": 1}, {"address": {**ADDRESS, "city": "X"}}])
    def test_the_same_token_with_other_fields_is_a_mismatch(self, till: Till, change: dict[str, Any]) -> None:
        till.put_in(line("kettle", 2))
        assert till.ask()[0] == 201
        assert till.codes(**change) == (409, ["IDEMPOTENCY_MISMATCH"])
        assert len(till.orders.asked) == 1

    def test_the_client_token_names_the_request(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        _, first = till.ask(clientToken="once")
        assert till.ask(clientToken="once") == (200, first)
        assert till.codes(clientToken="once", paymentToken="token-2") == (409, ["IDEMPOTENCY_MISMATCH"])
        assert till.ask(clientToken="twice")[0] == 201

    def test_another_user_with_the_same_token_has_another_order(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.put_in(line("cup", 1), user="another")
        assert till.ask()[1]["order"]["orderId"] != till.ask("another")[1]["order"]["orderId"]


class TestRefusals:
    def test_an_empty_cart(self, till: Till) -> None:
        assert till.codes() == (409, ["EMPTY_CART"])
        till.put_in()
        assert till.codes() == (409, ["EMPTY_CART"])
        till.put_in(line("kettle", 1))
        till.now += timedelta(days=91)
        assert till.codes() == (409, ["EMPTY_CART"]), "it has expired"
        assert (till.checkouts, till.orders.asked) == ([], [])

    def test_another_version_or_a_price_of_what_is_not_in_the_cart(self, till: Till) -> None:
        older = till.put_in(line("kettle", 1))
        version = till.put_in(line("kettle", 2))
        assert till.codes(cartVersion=older) == (409, ["CART_CHANGED"])
        status, body = till.ask(cartVersion=version + 1, prices=[{"productId": "cup", "price": 1}])
        assert status == 409
        found = [(each["code"], each.get("expected"), each.get("productId")) for each in body["problems"]]
        assert found == [("CART_CHANGED", version, None), ("CART_CHANGED", None, "cup")]
        assert till.checkouts == []
        assert till.ask(cartVersion=version, prices=[{"productId": "kettle", "price": 3990}])[0] == 201

    def test_createorders_refusal_is_passed_on_and_frees_the_token(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.refusal = ["INSUFFICIENT_STOCK", "TOTAL_CHANGED"]
        status, body = till.ask(total=5)
        assert (status, body["problems"][1]) == (
            409,
            {"code": "TOTAL_CHANGED", "message": "total_changed", "expected": 1, "given": 2},
        )
        assert till.checkouts == []
        till.orders.refusal = []
        till.put_in(line("kettle", 1))
        assert till.ask(total=6)[0] == 201
        assert till.orders.asked[-1][1]["products"] == [{"productId": "kettle", "quantity": 1}]

    def test_input_that_createorder_refuses_is_a_400(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.refusal = ["INVALID_INPUT"]
        assert till.ask() == (400, {"message": "invalid_input"})
        assert till.checkouts == []

    @pytest.mark.parametrize("codes", [["TRY_AGAIN"], ["PRICE_CHANGED", "TRY_AGAIN"]])
    def test_try_again_keeps_the_checkout(self, till: Till, codes: list[str]) -> None:
        till.put_in(line("kettle", 2))
        till.orders.refusal = codes
        assert till.codes() == (503, codes)
        till.put_in(line("cup", 9))
        till.orders.refusal = []
        assert till.ask()[0] == 200
        assert till.orders.asked[-1][1]["products"] == [{"productId": "kettle", "quantity": 2}]

    def test_a_checkout_is_kept_for_as_long_as_its_event_can_come(self, till: Till) -> None:
        """Else the cart keeps what was ordered."""
        till.put_in(line("kettle", 2))
        till.ask()
        (stored,) = till.checkouts
        created = datetime.fromisoformat(stored["createdDate"])
        assert datetime.fromtimestamp(int(stored["forgetAt"]), UTC) == created + timedelta(days=90)

    def test_a_malformed_body(self, till: Till) -> None:
        assert till.ask(total="much") == (400, {"message": "total must be a whole number from 0 to 2147483647"})
        event = rest_event("POST", "/checkout", "{", user_id=USER)
        assert rest_checkout.handler(event, LambdaContext())["statusCode"] == 400

    def test_an_order_that_createorder_alone_made(self, till: Till) -> None:
        """Its token cannot be used for a checkout, and its event changes no cart."""
        till.put_in(line("kettle", 2))
        till.orders.create({"products": [{"productId": "kettle", "quantity": 1}], "paymentToken": "token-1"}, USER)
        assert till.codes() == (409, ["IDEMPOTENCY_MISMATCH"])
        assert till.checkouts == []
        till.announce(next(iter(till.orders.made)))
        assert till.cart() == {"kettle": 2}


class TestCounting:
    def test_a_checkout_is_counted_once_however_often_its_event_is_repeated(
        self, till: Till, capsys: pytest.CaptureFixture[str]
    ) -> None:
        till.put_in(line("kettle", 2))
        _, body = till.ask()
        for _ in range(5):
            till.announce(body["order"]["orderId"])
        assert sums(capsys.readouterr().out, environment="test", service="cart") == {"CheckoutsCompleted": 1}

    def test_an_order_without_a_checkout_is_none(self, till: Till, capsys: pytest.CaptureFixture[str]) -> None:
        till.orders.create({"products": [{"productId": "kettle", "quantity": 1}], "paymentToken": "token-1"}, USER)
        till.announce(next(iter(till.orders.made)))
        assert sums(capsys.readouterr().out) == {}


class TestHalfWay:
    def test_a_lost_answer_is_completed_by_the_same_request(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.loses_answers = 1
        assert till.codes() == (503, ["TRY_AGAIN"])
        (order_id,) = till.orders.made
        till.put_in(line("kettle", 2), line("cup", 1))
        status, body = till.ask()
        assert (status, body["order"]["orderId"]) == (200, order_id)
        assert till.orders.made[order_id]["asked"]["products"] == [{"productId": "kettle", "quantity": 2}]
        till.announce(order_id)
        assert till.cart() == {"cup": 1}

    def test_the_event_overtakes_the_answer(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.loses_answers = 1
        till.codes()
        (order_id,) = till.orders.made
        till.announce(order_id)
        assert till.cart() == {}
        assert till.ask()[0] == 200

    def test_a_checkout_that_died_before_it_asked_is_completed(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.before = die
        with pytest.raises(Died):
            till.ask()
        assert till.orders.made == {}
        till.put_in(line("cup", 9))
        assert till.ask()[0] == 200
        assert till.orders.asked[-1][1]["products"] == [{"productId": "kettle", "quantity": 2}]

    def test_a_refusal_after_a_death_does_not_bind_for_ever(self, till: Till) -> None:
        """While the dead request may still be asking, the lines stay; later a refusal frees the token."""
        till.put_in(line("kettle", 2))
        till.orders.before = die
        with pytest.raises(Died):
            till.ask()
        till.orders.refusal = ["INSUFFICIENT_STOCK"]
        assert till.codes() == (409, ["INSUFFICIENT_STOCK"])
        assert len(till.checkouts) == 1
        till.now += timedelta(seconds=61)
        assert till.codes() == (409, ["INSUFFICIENT_STOCK"])
        assert till.checkouts == []

    @pytest.mark.parametrize("fields", [{}, {"total": 6}])
    def test_a_refusal_after_an_unknown_outcome_frees_the_token_a_minute_later(
        self, till: Till, fields: dict[str, Any]
    ) -> None:
        """The next request orders what the cart holds by then, also one with the same fields."""
        till.put_in(line("kettle", 2))
        till.orders.refusal = ["TRY_AGAIN"]
        assert till.codes() == (503, ["TRY_AGAIN"])
        till.now += timedelta(seconds=5)
        till.orders.refusal = ["INSUFFICIENT_STOCK"]
        assert till.codes() == (409, ["INSUFFICIENT_STOCK"])
        till.now += timedelta(seconds=61)
        till.put_in(line("kettle", 1))
        till.orders.refusal = []
        status, body = till.ask(**fields)
        assert status == 201
        assert till.orders.asked[-1][1]["products"] == [{"productId": "kettle", "quantity": 1}]
        till.announce(body["order"]["orderId"])
        assert till.cart() == {}

    def test_an_order_that_was_made_after_a_refusal_keeps_its_checkout(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        till.orders.before = die
        with pytest.raises(Died):
            till.ask()
        till.orders.refusal = ["PRICE_CHANGED"]
        assert till.codes() == (409, ["PRICE_CHANGED"])
        till.orders.refusal = []
        ((user, asked),) = till.orders.asked
        till.orders.create(asked, user)
        till.now += timedelta(seconds=61)
        till.put_in(line("kettle", 2), line("cup", 9))
        assert till.codes(total=6) == (409, ["IDEMPOTENCY_MISMATCH"])
        status, body = till.ask()
        assert (status, body["order"]["products"]) == (200, [{"productId": "kettle", "quantity": 2}])
        till.announce(body["order"]["orderId"])
        assert till.cart() == {"cup": 9}

    def test_a_refusal_of_a_taken_checkout_keeps_it(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        _, body = till.ask()
        till.announce(body["order"]["orderId"])
        del till.orders.made[body["order"]["orderId"]]
        till.orders.refusal = ["PAYMENT_REFUSED"]
        assert till.codes() == (409, ["PAYMENT_REFUSED"])
        (row,) = till.checkouts
        assert "settledDate" in row
        assert "forgetAt" not in row

    def test_repeats_of_a_taken_checkout_write_nothing(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        _, body = till.ask()
        till.announce(body["order"]["orderId"])
        before = till.checkouts
        assert [till.ask()[0] for _ in range(3)] == [200] * 3
        assert till.checkouts == before

    def test_the_row_stays_small_however_often_the_request_is_repeated(self, till: Till) -> None:
        till.put_in(line("kettle", 2))
        for _ in range(5):
            assert till.ask()[0] in (200, 201)
            till.now += timedelta(seconds=40)
        (row,) = till.checkouts
        assert len(row["attempts"]) == 2, "one that may be at work, and the last"
