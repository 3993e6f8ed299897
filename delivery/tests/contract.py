"""What every implementation of `Deliveries` promises. The fake and the table both inherit it."""

from datetime import timedelta

import pytest

from delivery.tests.builders import ADDRESS, NOON, delivery
from delivery_service.domain import COMPLETE, FAIL, START, Move, Status
from delivery_service.errors import NoSuchDelivery, NotDeliverable
from delivery_service.repository import PAGE, Deliveries, Listed
from ecom.errors import InvalidToken

LATER = NOON + timedelta(hours=1)


class DeliveriesContract:
    @pytest.fixture
    def deliveries(self) -> Deliveries:
        raise NotImplementedError

    def test_what_was_opened_can_be_read(self, deliveries: Deliveries) -> None:
        assert deliveries.get("order-1") is None
        deliveries.open(delivery(), "request-1")
        assert deliveries.get("order-1") == delivery()

    def test_opening_again_changes_nothing(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.move("order-1", START, LATER, "request-2")
        before = deliveries.get("order-1")
        deliveries.open(delivery(since=LATER), "request-3")
        assert deliveries.get("order-1") == before

    @pytest.mark.parametrize(("last", "status"), [(COMPLETE, Status.COMPLETED), (FAIL, Status.FAILED)])
    def test_from_start_to_end(self, deliveries: Deliveries, last: Move, status: Status) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.move("order-1", START, LATER, "request-2")
        deliveries.move("order-1", last, LATER, "request-3")
        found = deliveries.get("order-1")
        assert found
        assert (found.status, found.since, found.address) == (status, LATER, ADDRESS)

    @pytest.mark.parametrize("done", [(), (START,), (START, COMPLETE), (START, FAIL)])
    @pytest.mark.parametrize("move", [START, COMPLETE, FAIL])
    def test_an_illegal_move_changes_nothing(self, deliveries: Deliveries, done: tuple[Move, ...], move: Move) -> None:
        deliveries.open(delivery(), "request-1")
        for each in done:
            deliveries.move("order-1", each, LATER, "request-2")
        before = deliveries.get("order-1")
        assert before
        if before.status is move.before:
            return
        with pytest.raises(NotDeliverable):
            deliveries.move("order-1", move, LATER, "request-3")
        assert deliveries.get("order-1") == before

    def test_the_same_request_sent_twice_is_one_move(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.move("order-1", START, LATER, "request-2")
        deliveries.move("order-1", START, LATER, "request-2")
        with pytest.raises(NotDeliverable):
            deliveries.move("order-1", START, LATER, "request-3")

    def test_what_does_not_exist_cannot_move(self, deliveries: Deliveries) -> None:
        with pytest.raises(NoSuchDelivery):
            deliveries.move("order-1", START, LATER, "request-1")
        assert deliveries.get("order-1") is None

    def test_new_ones_are_listed_to_the_end_the_oldest_first(self, deliveries: Deliveries) -> None:
        expected = [f"order-{number:03}" for number in range(PAGE + 3)]
        for number, order_id in enumerate(expected):
            deliveries.open(delivery(order_id, NOON + timedelta(seconds=number)), "request-1")
        deliveries.open(delivery("started"), "request-1")
        deliveries.move("started", START, LATER, "request-2")
        found: list[Listed] = []
        token: str | None = None
        while True:
            page = deliveries.new(token)
            assert len(page.deliveries) <= PAGE
            found += page.deliveries
            token = page.next_token
            if token is None:
                break
        assert found == [Listed(order_id, ADDRESS) for order_id in expected]

    @pytest.mark.parametrize("token", ["", "garbage", "WyJvdGhlciIse31d"])
    def test_a_token_of_another_list_is_refused(self, deliveries: Deliveries, token: str) -> None:
        with pytest.raises(InvalidToken):
            deliveries.new(token)
