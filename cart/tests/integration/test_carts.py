"""Carts through the handler, on the table of the template."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from cart.tests.builders import NOON, USER, CatalogueInMemory, product
from cart.tests.integration.till import TABLE
from cart_service import bootstrap
from cart_service.domain import Cart
from cart_service.handlers import graphql_cart
from cart_service.repository import Carts
from cart_service.shopping import Shopping
from ecom.backoff import Backoff
from ecom.dynamo import Table
from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext, field_event, person
from ecom_testkit.lost_answers import LosesAnswers
from ecom_testkit.throttling import FAILURES, FailingClient

NO_WAIT = Backoff(max_attempts=4, sleep=lambda _: None)


@dataclass
class Shop:
    client: Any
    catalogue: CatalogueInMemory = field(default_factory=lambda: CatalogueInMemory(product(), product("cup", 990)))
    now: datetime = NOON

    def shopping(
        self,
        client: Any = None,
        before_write: Callable[[], None] | None = None,
        after_read: tuple[str, Callable[[], None]] | None = None,
    ) -> Shopping:
        carts = Carts(client or self.client, TABLE)
        if before_write is not None:
            carts = _Interrupted(client or self.client, before_write)
        if after_read is not None:
            carts = _InterruptedAfterRead(client or self.client, *after_read)
        return Shopping(carts, self.catalogue, lambda: self.now, NO_WAIT)

    def ask(self, field_name: str, user: str | None = None, **arguments: Any) -> Any:
        identity = person(user) if user else None
        return graphql_cart.handler(field_event(field_name, arguments, identity), LambdaContext())

    def update(self, product_id: str, quantity: int, user: str | None = None, **changes: Any) -> Any:
        return self.ask("updateCart", user, input={"productId": product_id, "quantity": quantity, **changes})

    def rows(self) -> int:
        return sum(len(page) for page in Table(self.client, TABLE).pages())


class _Interrupted(Carts):
    """Another request comes in between the read and the write."""

    def __init__(self, client: Any, first: Callable[[], None]) -> None:
        super().__init__(client, TABLE)
        self._first: Callable[[], None] | None = first

    def _interrupt(self) -> None:
        first, self._first = self._first, None
        if first:
            first()

    def write(self, before: Cart, after: Cart, now: datetime) -> Cart | None:
        self._interrupt()
        return super().write(before, after, now)

    def write_and_delete(self, before: Cart, after: Cart, deleted: Cart, now: datetime) -> Cart | None:
        self._interrupt()
        return super().write_and_delete(before, after, deleted, now)


class _InterruptedAfterRead(Carts):
    """Another request comes in right after the first read of this row."""

    def __init__(self, client: Any, key: str, first: Callable[[], None]) -> None:
        super().__init__(client, TABLE)
        self._key, self._first = key, first
        self._is_interrupted = False

    def find(self, key: str) -> Cart | None:
        found = super().find(key)
        if key == self._key and not self._is_interrupted:
            self._is_interrupted = True
            self._first()
        return found


@pytest.fixture
def shop(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop(dynamodb)
    monkeypatch.setenv("CURRENCY", "EUR")
    monkeypatch.setattr(bootstrap, "shopping", made.shopping)
    monkeypatch.setattr(bootstrap.runtime, "now", lambda: made.now)
    return made


def lines(answer: Any) -> list[tuple[str, int]]:
    return [(line["productId"], line["quantity"]) for line in answer["lines"]]


def error(answer: Any) -> str:
    return str(answer["error"]["type"])


class TestAnonymous:
    def test_a_cart_is_made_and_found_by_its_id(self, shop: Shop) -> None:
        made = shop.update("kettle", 2)
        assert made == {
            "cartId": made["cartId"],
            "currency": "EUR",
            "version": 1,
            "lines": [
                {
                    "productId": "kettle",
                    "name": "Kettle",
                    "quantity": 2,
                    "pictures": ["kettle.jpg"],
                    "package": {"weight": 900},
                    "price": 3990,
                    "priceBefore": None,
                    "available": True,
                }
            ],
            "subtotal": 7980,
            "expiresAt": "2026-03-08T12:00:00.000Z",
        }
        assert shop.ask("getCart", cartId=made["cartId"]) == made
        assert shop.ask("getCart") is None

    def test_ids_have_at_least_122_random_bits(self, shop: Shop) -> None:
        ids = {shop.update("kettle", 1)["cartId"] for _ in range(3)}
        assert len(ids) == 3
        assert all(len(one) * 6 >= 122 for one in ids)

    @pytest.mark.parametrize("cart_id", ["guessed", "", "x" * 3000, "user#1"])
    def test_an_id_that_opens_nothing(self, shop: Shop, cart_id: str) -> None:
        assert shop.ask("getCart", cartId=cart_id) is None
        assert error(shop.update("kettle", 1, cartId=cart_id)) == "NOT_FOUND"
        assert shop.rows() == 0

    def test_no_id_opens_the_cart_of_a_shopper(self, shop: Shop) -> None:
        own = shop.update("kettle", 2, USER)
        for cart_id in (own["cartId"], USER, f"user#{USER}"):
            assert shop.ask("getCart", cartId=cart_id) is None
            assert error(shop.update("kettle", 9, cartId=cart_id)) == "NOT_FOUND"
            assert shop.ask("mergeCart", "another", cartId=cart_id)["lines"] == []
        assert shop.ask("getCart", USER) == own

    def test_it_expires_a_week_after_its_last_change(self, shop: Shop) -> None:
        cart_id = shop.update("kettle", 2)["cartId"]
        shop.now = NOON + timedelta(days=6)
        assert shop.update("cup", 1, cartId=cart_id)["expiresAt"] == "2026-03-14T12:00:00.000Z"
        shop.now = NOON + timedelta(days=13)
        assert shop.ask("getCart", cartId=cart_id) is None
        assert error(shop.update("cup", 2, cartId=cart_id)) == "NOT_FOUND"


class TestShopper:
    def test_one_cart_whatever_id_is_sent(self, shop: Shop) -> None:
        assert shop.ask("getCart", USER)["version"] == 0
        assert shop.rows() == 0
        theirs = shop.update("cup", 5)["cartId"]
        own = shop.update("kettle", 2, USER, cartId=theirs)
        assert lines(own) == [("kettle", 2)]
        assert shop.ask("getCart", USER, cartId=theirs) == own
        assert lines(shop.ask("getCart", "another")) == []

    def test_a_quantity_is_set_and_repeating_changes_nothing(self, shop: Shop) -> None:
        shop.update("kettle", 2, USER)
        assert shop.update("kettle", 3, USER)["version"] == 2
        assert shop.update("kettle", 3, USER)["version"] == 2
        assert lines(shop.update("kettle", 0, USER)) == []
        assert shop.update("kettle", 0, USER)["version"] == 3

    @pytest.mark.parametrize(
        ("product_id", "quantity", "expected"),
        [
            ("kettle", -1, "INVALID_INPUT"),
            ("kettle", 1001, "INVALID_INPUT"),
            ("", 1, "INVALID_INPUT"),
            ("gone", 1, "UNKNOWN_PRODUCT"),
            ("dear", 1000, "INVALID_INPUT"),
        ],
    )
    def test_what_is_refused_changes_nothing(self, shop: Shop, product_id: str, quantity: int, expected: str) -> None:
        shop.catalogue.known["dear"] = product("dear", 2_147_483_647)
        before = shop.update("cup", 1, USER)
        assert error(shop.update(product_id, quantity, USER)) == expected
        assert shop.ask("getCart", USER) == before

    def test_another_version_is_a_conflict(self, shop: Shop) -> None:
        assert shop.update("kettle", 2, USER, expectedVersion=0)["version"] == 1
        assert error(shop.update("cup", 1, USER, expectedVersion=0)) == "CONFLICT"
        assert shop.update("cup", 1, USER, expectedVersion=1)["version"] == 2

    def test_prices_are_those_of_today(self, shop: Shop) -> None:
        shop.update("kettle", 2, USER)
        shop.update("cup", 1, USER)
        shop.catalogue.known["kettle"] = product(price=4990)
        del shop.catalogue.known["cup"]
        shown = shop.ask("getCart", USER)
        kettle, cup = shown["lines"]
        assert (kettle["price"], kettle["priceBefore"], kettle["available"]) == (4990, 3990, True)
        assert (cup["name"], cup["price"], cup["available"], cup["package"]) == ("Cup", 990, False, None)
        assert shown["subtotal"] == 2 * 4990
        assert lines(shop.update("cup", 0, USER)) == [("kettle", 2)]

    def test_a_subtotal_that_prices_took_above_the_largest_int(self, shop: Shop) -> None:
        """The cart is still shown, and units can be taken out, not put in."""
        shop.update("kettle", 3, USER)
        shop.update("cup", 1, USER)
        shop.catalogue.known["kettle"] = product(price=2_147_483_647)
        assert shop.ask("getCart", USER)["subtotal"] == 2_147_483_647
        assert error(shop.update("cup", 2, USER)) == "INVALID_INPUT"
        assert lines(shop.update("kettle", 2, USER)) == [("kettle", 2), ("cup", 1)]
        assert shop.update("kettle", 0, USER)["subtotal"] == 990

    def test_a_line_more_than_a_cart_may_have(self, shop: Shop) -> None:
        for number in range(51):
            shop.catalogue.known[f"p{number}"] = product(f"p{number}")
        for number in range(50):
            shop.update(f"p{number}", 1, USER)
        assert error(shop.update("p50", 1, USER)) == "INVALID_INPUT"
        assert len(shop.ask("getCart", USER)["lines"]) == 50

    def test_an_expired_cart_is_replaced_and_its_version_goes_on(self, shop: Shop) -> None:
        shop.update("kettle", 2, USER)
        shop.now = NOON + timedelta(days=91)
        shown = shop.ask("getCart", USER)
        assert (lines(shown), shown["version"]) == ([], 1)
        new = shop.update("cup", 1, USER, expectedVersion=shown["version"])
        assert (lines(new), new["version"]) == ([("cup", 1)], 2)

    def test_the_catalogue_is_asked_once_for_all_lines(self, shop: Shop) -> None:
        for number in range(50):
            shop.catalogue.known[f"p{number}"] = product(f"p{number}")
            shop.update(f"p{number}", 1, USER)
        shop.catalogue.asked.clear()
        assert len(shop.ask("getCart", USER)["lines"]) == 50
        assert [len(asked) for asked in shop.catalogue.asked] == [50]

    def test_without_the_catalogue_it_is_try_again(self, shop: Shop) -> None:
        shop.update("kettle", 2, USER)
        shop.catalogue.is_down = True
        assert error(shop.ask("getCart", USER)) == "TRY_AGAIN"
        assert error(shop.update("kettle", 3, USER)) == "TRY_AGAIN"


class TestMerge:
    def test_lines_are_taken_along_once(self, shop: Shop) -> None:
        shop.update("kettle", 2, USER)
        theirs = shop.update("kettle", 3)["cartId"]
        shop.update("cup", 1, cartId=theirs)
        own = shop.ask("mergeCart", USER, cartId=theirs)
        assert (lines(own), own["version"]) == ([("kettle", 5), ("cup", 1)], 2)
        assert shop.ask("mergeCart", USER, cartId=theirs) == own
        assert shop.ask("getCart", cartId=theirs) is None
        assert error(shop.update("cup", 9, cartId=theirs)) == "NOT_FOUND"

    def test_into_no_cart(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 3)["cartId"]
        assert lines(shop.ask("mergeCart", USER, cartId=theirs)) == [("kettle", 3)]

    def test_a_person_who_has_not_signed_in_cannot_merge(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 3)["cartId"]
        assert error(shop.ask("mergeCart", cartId=theirs)) == "Unauthorized"
        assert shop.ask("getCart", cartId=theirs) is not None

    def test_an_expired_cart_is_not_merged(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 3)["cartId"]
        shop.now = NOON + timedelta(days=8)
        assert lines(shop.ask("mergeCart", USER, cartId=theirs)) == []


class TestAtOnce:
    def test_two_changes_lose_nothing(self, shop: Shop) -> None:
        shop.update("kettle", 1, USER)
        other = shop.shopping(before_write=lambda: shop.update("cup", 4, USER))
        other.change(USER, None, "kettle", 7, None)
        assert lines(shop.ask("getCart", USER)) == [("kettle", 7), ("cup", 4)]

    def test_the_first_two_changes_lose_nothing(self, shop: Shop) -> None:
        shop.shopping(before_write=lambda: shop.update("cup", 4, USER)).change(USER, None, "kettle", 7, None)
        assert lines(shop.ask("getCart", USER)) == [("cup", 4), ("kettle", 7)]

    def test_a_first_change_right_after_the_read_is_kept(self, shop: Shop) -> None:
        other = shop.shopping(after_read=(f"user#{USER}", lambda: shop.update("cup", 4, USER)))
        other.change(USER, None, "kettle", 7, None)
        assert lines(shop.ask("getCart", USER)) == [("cup", 4), ("kettle", 7)]

    def test_a_first_change_right_after_the_read_of_a_merge_is_kept(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 7)["cartId"]
        other = shop.shopping(after_read=(f"user#{USER}", lambda: shop.update("cup", 4, USER)))
        other.merge(USER, theirs)
        assert lines(shop.ask("getCart", USER)) == [("cup", 4), ("kettle", 7)]

    def test_an_expected_version_that_is_overtaken_is_a_conflict(self, shop: Shop) -> None:
        shop.update("kettle", 1, USER)
        other = shop.shopping(before_write=lambda: shop.update("cup", 4, USER))
        with pytest.raises(Exception, match="version 2"):
            other.change(USER, None, "kettle", 7, 1)

    def test_a_change_before_the_merge_is_merged(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 1)["cartId"]
        other = shop.shopping(before_write=lambda: shop.update("cup", 4, cartId=theirs))
        other.merge(USER, theirs)
        assert lines(shop.ask("getCart", USER)) == [("kettle", 1), ("cup", 4)]

    def test_a_change_after_the_merge_is_not_found(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 1)["cartId"]
        other = shop.shopping(before_write=lambda: shop.ask("mergeCart", USER, cartId=theirs))
        with pytest.raises(Exception, match="no such cart"):
            other.change(None, theirs, "cup", 4, None)
        assert lines(shop.ask("getCart", USER)) == [("kettle", 1)]

    def test_a_change_without_an_answer_before_the_merge_may_be_merged(self, shop: Shop) -> None:
        """The SDK repeats the write, and the cart is gone. NOT_FOUND would say that the change was not made."""
        theirs = shop.update("kettle", 1)["cartId"]
        client = LosesAnswers(shop.client, lambda: shop.ask("mergeCart", USER, cartId=theirs))
        with pytest.raises(TryAgain, match="may be in the merged cart"):
            shop.shopping(client).change(None, theirs, "cup", 4, None)
        assert lines(shop.ask("getCart", USER)) == [("kettle", 1), ("cup", 4)]
        assert error(shop.update("cup", 4, cartId=theirs)) == "NOT_FOUND"

    def test_two_merges_take_the_lines_along_once(self, shop: Shop) -> None:
        theirs = shop.update("kettle", 1)["cartId"]
        other = shop.shopping(before_write=lambda: shop.ask("mergeCart", "another", cartId=theirs))
        other.merge(USER, theirs)
        assert lines(shop.ask("getCart", USER)) == []
        assert lines(shop.ask("getCart", "another")) == [("kettle", 1)]


@pytest.mark.parametrize(("code", "status"), FAILURES)
def test_a_table_that_fails_changes_nothing_or_all(shop: Shop, code: str, status: int) -> None:
    theirs = shop.update("kettle", 1)["cartId"]
    for succeed in range(4):
        failing = shop.shopping(FailingClient(code, status, shop.client, succeed))
        try:
            failing.merge(USER, theirs)
        except TryAgain:
            continue
    shop.ask("mergeCart", USER, cartId=theirs)
    assert lines(shop.ask("getCart", USER)) == [("kettle", 1)]
