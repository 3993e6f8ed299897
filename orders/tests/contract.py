"""What every implementation of `Orders` promises. The fake and the table both inherit it."""

import pytest

from ecom.errors import InvalidToken
from orders.tests.builders import LATER, USER, by_hand, order
from orders_service.domain import CANCELLED, PACKAGED, Order, cancelled, moved
from orders_service.errors import PaymentTokenUsed, StaleFact
from orders_service.repository import PAGE, Orders


def packaged(current: Order) -> Order:
    return moved(current, PACKAGED, "PackageCreated", LATER)


class OrdersContract:
    @pytest.fixture
    def orders(self) -> Orders:
        raise NotImplementedError

    def put(self, orders: Orders, item: Order) -> None:
        """As somebody with a console does."""
        raise NotImplementedError

    def test_what_was_placed_can_be_read(self, orders: Orders) -> None:
        assert orders.place(order()) == order()
        assert orders.get(order()["orderId"]) == order()
        assert orders.get("unknown") is None

    def test_placing_again_answers_what_stands_and_changes_nothing(self, orders: Orders) -> None:
        orders.place(order())
        orders.change(order()["orderId"], packaged, "event-1")
        standing = orders.get(order()["orderId"])
        assert orders.place(order(total=1)) == standing
        assert orders.get(order()["orderId"]) == standing

    def test_one_payment_token_is_of_one_order(self, orders: Orders) -> None:
        orders.place(order())
        with pytest.raises(PaymentTokenUsed):
            orders.place(order(orderId="another"))
        assert orders.get("another") is None
        assert orders.place(order(orderId="another", paymentToken="new"))["orderId"] == "another"

    def test_a_refused_order_leaves_its_payment_token_alone(self, orders: Orders) -> None:
        orders.place(order(paymentToken="first"))
        orders.place(order(paymentToken="second"))
        assert orders.place(order(orderId="another", paymentToken="second"))["orderId"] == "another"

    def test_a_change_raises_the_version_and_names_its_cause(self, orders: Orders) -> None:
        orders.place(order())
        changed = orders.change(order()["orderId"], packaged, "event-1")
        assert changed == {**packaged(order()), "version": 2, "correlationId": "event-1"}
        assert orders.get(order()["orderId"]) == changed

    def test_no_news_is_no_write(self, orders: Orders) -> None:
        orders.place(order())
        assert orders.change(order()["orderId"], lambda current: current, "event-1") == order()
        assert orders.get(order()["orderId"]) == order()

    def test_a_refusal_writes_nothing(self, orders: Orders) -> None:
        orders.place(order(status=CANCELLED))
        with pytest.raises(StaleFact):
            orders.change(order()["orderId"], packaged, "event-1")
        assert orders.get(order()["orderId"]) == order(status=CANCELLED)

    def test_a_change_of_no_order_leaves_no_row(self, orders: Orders) -> None:
        assert orders.change("unknown", packaged, "event-1") is None
        assert orders.get("unknown") is None

    def test_an_order_put_by_hand_is_changed_like_any_other(self, orders: Orders) -> None:
        self.put(orders, by_hand(note="by hand"))
        changed = orders.change(order()["orderId"], packaged, "event-1")
        assert changed is not None
        assert (changed["status"], changed["version"], changed["note"]) == (PACKAGED, 1, "by hand")
        assert len(changed["history"]) == 1
        again = orders.change(order()["orderId"], lambda current: {**current, "paymentStatus": "CAPTURED"}, "event-2")
        assert again is not None
        assert again["version"] == 2

    def test_own_orders_newest_first_to_the_end(self, orders: Orders) -> None:
        for number in range(2 * PAGE + 3):
            self.put(orders, by_hand(orderId=f"o{number:03}", createdDate=f"2026-03-01T12:00:{number:02}.000Z"))
            self.put(orders, by_hand(orderId=f"x{number:03}", userId="somebody-else"))
        seen: list[str] = []
        token: str | None = None
        while True:
            page = orders.page(USER, token)
            assert len(page.orders) <= PAGE
            seen += [each["orderId"] for each in page.orders]
            token = page.next_token
            if token is None:
                break
        assert seen == [f"o{number:03}" for number in reversed(range(2 * PAGE + 3))]

    def test_a_page_shows_orders_as_they_stand(self, orders: Orders) -> None:
        orders.place(order())
        orders.change(order()["orderId"], lambda current: cancelled(current, "cancelOrder", LATER), "request-2")
        assert orders.page(USER, None).orders == [orders.get(order()["orderId"])]

    def test_somebody_elses_token_is_refused(self, orders: Orders) -> None:
        for number in range(PAGE + 1):
            self.put(orders, by_hand(orderId=f"o{number:03}"))
        token = orders.page(USER, None).next_token
        assert token
        for user, given in (("somebody-else", token), (USER, "garbage"), (USER, "")):
            with pytest.raises(InvalidToken):
                orders.page(user, given)
