"""The contract suites of `Orders` and `PaymentTokens`, for the fakes and the tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecom.dynamo import Item
from ecom.errors import InvalidToken
from ecom.pages import encode_token
from orders.tests.builders import LATER, LIFETIME, NOON, USER, item, manual_item, order
from orders_service.domain import Order, Status, cancel, transition
from orders_service.errors import PaymentTokenUsed, StaleEvent, TooManyUnfinished, UnreadableOrder
from orders_service.payment_tokens import PaymentTokens
from orders_service.repository import PAGE_SIZE, Orders
from orders_service.rows import item_from_order

ID = order().order_id
SECOND = timedelta(seconds=1)


def packaged(current: Order) -> Order:
    return transition(current, Status.PACKAGED, "PackageCreated", LATER)


class OrdersContract:
    @pytest.fixture
    def orders(self) -> Orders:
        raise NotImplementedError

    def put(self, orders: Orders, item: Item) -> None:
        """Write the item manually, as an operator does."""
        raise NotImplementedError

    def test_a_created_order_can_be_read(self, orders: Orders) -> None:
        assert orders.create(order()) == order()
        assert orders.get(ID) == order()
        assert orders.item(ID) == item()
        assert orders.get("unknown") is None
        assert orders.item("unknown") is None

    def test_a_follower_is_noted_beside_the_order(self, orders: Orders) -> None:
        orders.note_follower("unknown", LATER)
        assert orders.item("unknown") is None
        orders.create(order())
        orders.note_follower(ID, LATER)
        assert orders.item(ID) == item(followedUntil="2026-03-01T13:00:00.000Z")
        orders.change(ID, packaged, "event-1")
        changed = orders.item(ID)
        assert changed
        assert (changed["status"], changed["followedUntil"]) == ("PACKAGED", "2026-03-01T13:00:00.000Z")

    def test_which_orders_exist(self, orders: Orders) -> None:
        orders.create(order())
        self.put(orders, manual_item(orderId="manual", total="much"))
        assert orders.existing([ID, "manual", "unknown", ""]) == {ID, "manual"}
        assert orders.existing([]) == set()

    def test_creating_again_returns_the_current_order_and_changes_nothing(self, orders: Orders) -> None:
        orders.create(order())
        orders.change(ID, packaged, "event-1")
        current = orders.get(ID)
        assert orders.create(order(total=1)) == current
        assert orders.get(ID) == current

    def test_a_payment_token_is_used_by_one_order(self, orders: Orders) -> None:
        orders.create(order())
        with pytest.raises(PaymentTokenUsed):
            orders.create(order(orderId="another"))
        assert orders.get("another") is None
        assert orders.create(order(orderId="another", paymentToken="new")).order_id == "another"

    def test_an_order_that_was_not_created_does_not_use_its_payment_token(self, orders: Orders) -> None:
        orders.create(order(paymentToken="first"))
        orders.create(order(paymentToken="second"))
        assert orders.create(order(orderId="another", paymentToken="second")).order_id == "another"

    def test_a_change_raises_the_version_and_stores_its_cause(self, orders: Orders) -> None:
        orders.create(order())
        changed = orders.change(ID, packaged, "event-1")
        assert changed == replace(packaged(order()), version=2, correlation_id="event-1")
        assert orders.get(ID) == changed

    def test_the_same_object_is_not_written(self, orders: Orders) -> None:
        orders.create(order())
        assert orders.change(ID, lambda current: current, "event-1") == order()
        assert orders.item(ID) == item()

    def test_a_refused_change_writes_nothing(self, orders: Orders) -> None:
        orders.create(order(status="CANCELLED"))
        with pytest.raises(StaleEvent):
            orders.change(ID, packaged, "event-1")
        assert orders.get(ID) == order(status="CANCELLED")

    def test_a_change_of_an_unknown_order_creates_no_item(self, orders: Orders) -> None:
        assert orders.change("unknown", packaged, "event-1") is None
        assert orders.item("unknown") is None

    def test_a_manually_written_order_is_changed_like_any_other(self, orders: Orders) -> None:
        self.put(orders, manual_item(note="manual"))
        changed = orders.change(ID, packaged, "event-1")
        assert changed is not None
        assert (changed.status, changed.version, changed.unknown) == (Status.PACKAGED, 1, {"note": "manual"})
        assert len(changed.history or ()) == 1
        again = orders.change(ID, lambda current: replace(current, payment_status="CAPTURED"), "event-2")
        assert again is not None
        assert again.version == 2
        assert orders.item(ID) == item_from_order(again)

    def test_missing_attributes_stay_missing_after_a_write(self, orders: Orders) -> None:
        keys = {name: item()[name] for name in ("orderId", "userId", "createdDate")}
        self.put(orders, {**keys, "paymentStatus": None})
        orders.change(ID, packaged, "event-1")
        written = orders.item(ID) or {}
        added = {"status", "history", "modifiedDate", "version", "correlationId"}
        assert set(written) == {*keys, "paymentStatus", *added}
        assert written["paymentStatus"] is None

    def test_an_unreadable_item_is_returned_unchanged_and_never_written(self, orders: Orders) -> None:
        broken = manual_item(total="much")
        self.put(orders, broken)
        with pytest.raises(UnreadableOrder):
            orders.get(ID)
        with pytest.raises(UnreadableOrder):
            orders.create(order())
        with pytest.raises(UnreadableOrder):
            orders.change(ID, packaged, "event-1")
        assert orders.page(USER, None).items == []
        assert orders.item(ID) == broken

    def test_own_orders_newest_first_to_the_end(self, orders: Orders) -> None:
        for number in range(2 * PAGE_SIZE + 3):
            self.put(orders, manual_item(orderId=f"o{number:03}", createdDate=f"2026-03-01T12:00:{number:02}.000Z"))
            self.put(orders, manual_item(orderId=f"x{number:03}", userId="another-user"))
        found: list[str] = []
        token: str | None = None
        while True:
            page = orders.page(USER, token)
            assert len(page.items) <= PAGE_SIZE
            found += [each.order_id for each in page.items]
            token = page.next_token
            if token is None:
                break
        assert found == [f"o{number:03}" for number in reversed(range(2 * PAGE_SIZE + 3))]

    def test_a_page_has_the_current_orders(self, orders: Orders) -> None:
        orders.create(order())
        orders.change(ID, lambda current: cancel(current, "cancelOrder", LATER), "request-2")
        assert orders.page(USER, None).items == [orders.get(ID)]

    def test_a_token_of_another_user_is_refused(self, orders: Orders) -> None:
        for number in range(PAGE_SIZE + 1):
            self.put(orders, manual_item(orderId=f"o{number:03}"))
        token = orders.page(USER, None).next_token
        assert token
        for user, wrong in (("another-user", token), (USER, "garbage"), (USER, "")):
            with pytest.raises(InvalidToken):
                orders.page(user, wrong)

    def test_a_token_with_a_longer_date_than_a_key_can_have_is_refused(self, orders: Orders) -> None:
        key = {"orderId": "x" * 1025, "userId": USER, "createdDate": "2026-03-01T12:00:00.000Z"}
        orders.page(USER, encode_token(f"orders:{USER}", key))
        with pytest.raises(InvalidToken):
            orders.page(USER, encode_token(f"orders:{USER}", {**key, "createdDate": "2" * 1025}))


class PaymentTokensContract:
    """The orders table and the tokens table go together: an order takes its token in one transaction."""

    @pytest.fixture
    def orders(self) -> Orders:
        raise NotImplementedError

    @pytest.fixture
    def tokens(self, orders: Orders) -> PaymentTokens:
        """Claims last for LIFETIME, and a user may have two unfinished orders."""
        raise NotImplementedError

    def test_a_claimed_token_is_refused_to_other_orders(self, tokens: PaymentTokens) -> None:
        tokens.claim("token", "order-1", "first", NOON)
        with pytest.raises(PaymentTokenUsed):
            tokens.claim("token", "order-2", "second", NOON + LIFETIME - SECOND)
        tokens.claim("another", "order-2", "second", NOON)

    def test_the_same_order_claims_again(self, tokens: PaymentTokens) -> None:
        for attempt in ("first", "second"):
            tokens.claim("token", "order-1", attempt, NOON)
        tokens.release("token", "order-1", "first")
        with pytest.raises(PaymentTokenUsed):
            tokens.claim("token", "order-2", "third", NOON)
        tokens.release("token", "order-1", "second")
        tokens.claim("token", "order-2", "third", NOON)

    def test_a_claim_ends_by_itself(self, tokens: PaymentTokens) -> None:
        tokens.claim("token", "order-1", "first", NOON)
        tokens.claim("token", "order-2", "second", NOON + LIFETIME + SECOND)

    def test_a_release_of_what_is_not_claimed_changes_nothing(self, tokens: PaymentTokens) -> None:
        tokens.release("token", "order-1", "first")
        tokens.claim("token", "order-1", "first", NOON)
        tokens.release("token", "order-2", "first")
        with pytest.raises(PaymentTokenUsed):
            tokens.claim("token", "order-2", "second", NOON)

    def test_the_token_of_an_order_stays_used(self, orders: Orders, tokens: PaymentTokens) -> None:
        token = str(order().payment_token)
        tokens.claim(token, ID, "first", NOON)
        orders.create(order())
        tokens.claim(token, ID, "second", NOON)  # a retry of the same order
        tokens.release(token, ID, "second")
        with pytest.raises(PaymentTokenUsed):
            tokens.claim(token, "order-2", "third", NOON + timedelta(days=9))

    def test_an_order_whose_claim_another_order_took_is_not_created(
        self, orders: Orders, tokens: PaymentTokens
    ) -> None:
        token = str(order().payment_token)
        tokens.claim(token, ID, "first", NOON)
        tokens.claim(token, "order-2", "second", NOON + LIFETIME + SECOND)
        with pytest.raises(PaymentTokenUsed):
            orders.create(order())

    def test_unfinished_orders_are_counted_until_their_reservations_lapse(self, tokens: PaymentTokens) -> None:
        assert tokens.check_unfinished(USER, "order-1", NOON) is False
        tokens.note_unfinished(USER, "order-1", NOON)
        assert tokens.check_unfinished(USER, "order-1", NOON) is True
        tokens.note_unfinished(USER, "order-1", NOON)
        tokens.check_unfinished(USER, "order-3", NOON)
        tokens.note_unfinished(USER, "order-2", NOON + SECOND)
        with pytest.raises(TooManyUnfinished):
            tokens.check_unfinished(USER, "order-3", NOON)
        tokens.check_unfinished(USER, "order-2", NOON)
        tokens.check_unfinished("another-user", "order-3", NOON)
        tokens.check_unfinished(USER, "order-3", NOON + LIFETIME + SECOND / 2)
        tokens.note_finished(USER, "order-1")
        tokens.note_finished(USER, "order-1")
        tokens.note_finished("another-user", "order-1")
        assert tokens.check_unfinished(USER, "order-2", NOON) is True
        assert tokens.check_unfinished(USER, "order-3", NOON) is False
