"""The contract suite of `Deliveries`, for the fake and the table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.tests.builders import ADDRESS, NOON, delivery
from delivery_service.domain import COMPLETE, FAIL, START, Shipment, Status, Step
from delivery_service.errors import IllegalStep, NoSuchDelivery
from delivery_service.repository import PAGE, SCOPE, Deliveries, NewDelivery
from ecom.errors import InvalidToken
from ecom.pages import encode_token

LATER = NOON + timedelta(hours=1)
NAMED = Shipment("PostNord", "1", is_named=True)


def shipment_in(deliveries: Deliveries) -> Shipment | None:
    found = deliveries.get("order-1")
    assert found
    return found.shipment


class DeliveriesContract:
    @pytest.fixture
    def deliveries(self) -> Deliveries:
        raise NotImplementedError

    def test_an_opened_delivery_can_be_read(self, deliveries: Deliveries) -> None:
        assert deliveries.get("order-1") is None
        deliveries.open(delivery(), "request-1")
        assert deliveries.get("order-1") == delivery()

    def test_opening_a_delivery_again_changes_nothing(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2")
        before = deliveries.get("order-1")
        deliveries.open(delivery(since=LATER), "request-3")
        assert deliveries.get("order-1") == before

    @pytest.mark.parametrize(("last", "status"), [(COMPLETE, Status.COMPLETED), (FAIL, Status.FAILED)])
    def test_a_delivery_is_started_and_ends(self, deliveries: Deliveries, last: Step, status: Status) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2")
        deliveries.take_step("order-1", last, LATER, "request-3")
        found = deliveries.get("order-1")
        assert found
        assert (found.status, found.since, found.address) == (status, LATER, ADDRESS)

    @pytest.mark.parametrize("done", [(), (START,), (START, COMPLETE), (START, FAIL)])
    @pytest.mark.parametrize("step", [START, COMPLETE, FAIL])
    def test_an_illegal_step_changes_nothing(self, deliveries: Deliveries, done: tuple[Step, ...], step: Step) -> None:
        deliveries.open(delivery(), "request-1")
        for each in done:
            deliveries.take_step("order-1", each, LATER, "request-2")
        before = deliveries.get("order-1")
        assert before
        if before.status is step.before:
            return
        with pytest.raises(IllegalStep):
            deliveries.take_step("order-1", step, LATER, "request-3")
        assert deliveries.get("order-1") == before

    def test_a_request_that_is_sent_twice_is_one_step(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2")
        deliveries.take_step("order-1", START, LATER, "request-2")
        with pytest.raises(IllegalStep):
            deliveries.take_step("order-1", START, LATER, "request-3")

    def test_a_started_delivery_keeps_its_shipment(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2", NAMED)
        assert shipment_in(deliveries) == NAMED
        deliveries.take_step("order-1", COMPLETE, LATER, "request-3")
        assert shipment_in(deliveries) == NAMED

    def test_a_start_that_names_the_same_shipment_changes_nothing(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2", NAMED)
        before = deliveries.get("order-1")
        deliveries.take_step("order-1", START, LATER + timedelta(hours=1), "request-3", NAMED)
        assert deliveries.get("order-1") == before

    @pytest.mark.parametrize(
        "other",
        [replace(NAMED, carrier="GLS"), replace(NAMED, tracking_number="2"), replace(NAMED, is_named=False), None],
    )
    def test_a_start_with_another_shipment_or_none_is_illegal(
        self, deliveries: Deliveries, other: Shipment | None
    ) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2", NAMED)
        with pytest.raises(IllegalStep):
            deliveries.take_step("order-1", START, LATER, "request-3", other)
        assert shipment_in(deliveries) == NAMED

    def test_an_ended_delivery_is_not_started_again_with_the_same_shipment(self, deliveries: Deliveries) -> None:
        deliveries.open(delivery(), "request-1")
        deliveries.take_step("order-1", START, LATER, "request-2", NAMED)
        deliveries.take_step("order-1", COMPLETE, LATER, "request-3")
        with pytest.raises(IllegalStep):
            deliveries.take_step("order-1", START, LATER, "request-4", NAMED)

    def test_an_unknown_delivery_takes_no_step(self, deliveries: Deliveries) -> None:
        with pytest.raises(NoSuchDelivery):
            deliveries.take_step("order-1", START, LATER, "request-1")
        assert deliveries.get("order-1") is None

    def test_all_pages_list_new_deliveries_the_oldest_first(self, deliveries: Deliveries) -> None:
        expected = [f"order-{number:03}" for number in range(PAGE + 3)]
        for number, order_id in enumerate(expected):
            deliveries.open(delivery(order_id, NOON + timedelta(seconds=number)), "request-1")
        deliveries.open(delivery("started"), "request-1")
        deliveries.take_step("started", START, LATER, "request-2")
        found: list[NewDelivery] = []
        token: str | None = None
        while True:
            page = deliveries.page_of_new(token)
            assert len(page.items) <= PAGE
            found += page.items
            token = page.next_token
            if token is None:
                break
        assert found == [NewDelivery(order_id, ADDRESS) for order_id in expected]

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "garbage",
            "WyJvdGhlciIse31d",
            encode_token("products", {"orderId": "order-1", "since": "2026-03-01"}),
            encode_token(SCOPE, {"orderId": "order-1", "queue": "NEW", "since": "2026-03-01"}),
            encode_token(SCOPE, {"orderId": "order-1", "since": 1}),
            encode_token(SCOPE, {"orderId": "order-1"}),
        ],
    )
    def test_a_token_of_another_list_is_refused(self, deliveries: Deliveries, token: str) -> None:
        with pytest.raises(InvalidToken):
            deliveries.page_of_new(token)
