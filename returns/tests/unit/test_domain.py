"""The rules of returns."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from ecom import jsons
from ecom.errors import IllegalMove, InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_LINES, MAX_REASON_LENGTH
from returns.tests.builders import DELIVERED, NOON, STRANGER, a_return, order, request
from returns_service.domain import (
    MAX_LINES_OF_RETURNS,
    TRANSITIONS,
    Line,
    ReceivedLine,
    RequestedLine,
    Status,
    expire,
    failed,
    held_by,
    move,
    new_return,
    receive,
    refunded,
    refused_request,
    to_restock,
)
from returns_service.errors import NoSuchOrder, NotReturnable, PackageUnknown
from returns_service.graphql_view import to_graphql
from returns_service.repository import PAGE

DAYS = 30


def test_a_return_has_the_prices_of_the_order() -> None:
    made = new_return(request(RequestedLine("kettle", 2, "it leaks"), RequestedLine("cup", 1)), order(), {}, NOON, DAYS)
    assert made.status is Status.REQUESTED
    assert made.lines == (Line("kettle", 2, 3990, "it leaks"), Line("cup", 1, 990))
    assert (made.refund, made.currency, made.created_at) == (None, "EUR", NOON)


def test_an_order_that_was_delivered_without_a_package_has_the_lines_that_it_names() -> None:
    made = new_return(request(), order(is_final=False), {}, DELIVERED + timedelta(days=DAYS) / 2, DAYS)
    assert made.status is Status.REQUESTED
    with pytest.raises(NotReturnable):
        new_return(request(), order(is_final=False), {"kettle": 3}, DELIVERED + timedelta(days=DAYS) / 2, DAYS)


class TestWhatCannotBeReturned:
    @pytest.mark.parametrize("found", [None, order(user_id=STRANGER)])
    def test_an_order_that_is_not_the_shoppers(self, found: Any) -> None:
        with pytest.raises(NoSuchOrder):
            new_return(request(), found, {}, NOON, DAYS)

    def test_an_order_that_is_not_delivered(self) -> None:
        with pytest.raises(NotReturnable):
            new_return(request(), order(delivered_at=None), {}, NOON, DAYS)

    def test_an_order_whose_package_is_not_known_yet(self) -> None:
        for days in (0, 14):  # a dead letter is kept for 14 days
            with pytest.raises(PackageUnknown):
                new_return(request(), order(is_final=False), {}, DELIVERED + timedelta(days=days), DAYS)
        with pytest.raises(NoSuchOrder):
            new_return(request(), order(is_final=False, user_id=STRANGER), {}, DELIVERED, DAYS)

    def test_an_old_order(self) -> None:
        last = DELIVERED + timedelta(days=DAYS)
        assert new_return(request(), order(), {}, last, DAYS)
        with pytest.raises(NotReturnable):
            new_return(request(), order(), {}, last + timedelta(milliseconds=1), DAYS)

    def test_a_product_that_the_order_does_not_have(self) -> None:
        with pytest.raises(InvalidInput):
            new_return(request(RequestedLine("lamp", 1)), order(), {}, NOON, DAYS)

    @pytest.mark.parametrize(
        ("held", "quantity", "is_allowed"), [(0, 3, True), (0, 4, False), (2, 1, True), (2, 2, False)]
    )
    def test_more_than_was_delivered_less_what_other_returns_hold(
        self, held: int, quantity: int, is_allowed: bool
    ) -> None:
        wanted = request(RequestedLine("kettle", quantity))
        if is_allowed:
            assert new_return(wanted, order(), {"kettle": held}, NOON, DAYS)
        else:
            with pytest.raises(NotReturnable):
                new_return(wanted, order(), {"kettle": held}, NOON, DAYS)

    @pytest.mark.parametrize(
        ("earlier", "is_allowed"), [(MAX_LINES_OF_RETURNS - 2, True), (MAX_LINES_OF_RETURNS - 1, False)]
    )
    def test_more_lines_than_the_returns_of_an_order_may_have(self, earlier: int, is_allowed: bool) -> None:
        wanted = request(RequestedLine("kettle", 1), RequestedLine("cup", 1))
        if is_allowed:
            assert new_return(wanted, order(), {}, NOON, DAYS, earlier)
        else:
            with pytest.raises(NotReturnable):
                new_return(wanted, order(), {}, NOON, DAYS, earlier)
            with pytest.raises(NoSuchOrder):
                new_return(wanted, order(user_id=STRANGER), {}, NOON, DAYS, earlier)


def test_all_returns_of_an_order_fit_in_one_answer_of_appsync() -> None:
    """Each line with the longest texts, in a return of its own that staff refused with the longest reason."""
    longest = "\U0001f6d2" * MAX_REASON_LENGTH
    line = Line("\U0001f6d2" * MAX_ID_LENGTH, 1000, 1, longest)
    refused = move(a_return(Status.REQUESTED, line), Status.REFUSED, NOON, "refuseReturn", reason=longest)
    assert MAX_LINES_OF_RETURNS * len(jsons.dumps(to_graphql(refused, "EUR")).encode()) < 5_000_000


def test_a_page_of_open_returns_fits_in_one_answer_of_appsync() -> None:
    longest = "\U0001f6d2" * MAX_REASON_LENGTH
    lines = [Line("\U0001f6d2" * MAX_ID_LENGTH, 1000, 1, longest)] * MAX_LINES
    assert PAGE * len(jsons.dumps(to_graphql(a_return(Status.REQUESTED, *lines), "EUR")).encode()) < 5_000_000


def test_a_refused_request_holds_nothing() -> None:
    refused = refused_request(request(), "the order is not delivered", "EUR", NOON)
    assert (refused.status, refused.reason, refused.is_valid) == (Status.REFUSED, "the order is not delivered", False)
    assert held_by(refused) == {}


@pytest.mark.parametrize(("status", "to"), list(product(Status, Status)))
def test_every_move_is_allowed_or_refused_by_the_table(status: Status, to: Status) -> None:
    before = a_return(status)
    if to in TRANSITIONS.get(status, frozenset()):
        after = move(before, to, NOON, "cause")
        assert (after.status, after.history[-1].status, after.history[-1].cause) == (to, to, "cause")
    else:
        with pytest.raises(IllegalMove):
            move(before, to, NOON, "cause")


class TestReceiving:
    approved = a_return(Status.APPROVED, Line("kettle", 3, 3990), Line("cup", 2, 990))

    def test_lines_by_condition(self) -> None:
        received = receive(
            self.approved,
            [ReceivedLine("kettle", 1, "RESTOCK"), ReceivedLine("kettle", 1, "SCRAP"), ReceivedLine("cup", 2, "SCRAP")],
            NOON,
            "receiveReturn",
        )
        assert received.lines == (
            Line("kettle", 3, 3990, received=2, restocked=1),
            Line("cup", 2, 990, received=2, restocked=0),
        )
        assert received.refund == 2 * 3990 + 2 * 990
        assert held_by(received) == {"kettle": 2, "cup": 2}
        assert to_restock(received) == {"kettle": 1}

    def test_nothing_came_back(self) -> None:
        received = receive(self.approved, [], NOON, "receiveReturn")
        assert (received.refund, held_by(received), to_restock(received)) == (0, {}, {})

    @pytest.mark.parametrize(
        "lines",
        [
            [ReceivedLine("lamp", 1, "RESTOCK")],
            [ReceivedLine("cup", 3, "RESTOCK")],
            [ReceivedLine("cup", 2, "RESTOCK"), ReceivedLine("cup", 1, "SCRAP")],
        ],
    )
    def test_more_than_was_requested(self, lines: list[ReceivedLine]) -> None:
        with pytest.raises(InvalidInput):
            receive(self.approved, lines, NOON, "receiveReturn")

    def test_only_an_approved_return(self) -> None:
        with pytest.raises(IllegalMove):
            receive(a_return(Status.REQUESTED), [], NOON, "receiveReturn")


class TestTheEnd:
    received = replace(a_return(Status.RECEIVED), refund=7980)

    def test_the_refund_is_what_was_paid_back(self) -> None:
        done = refunded(self.received, 5000, NOON, "refund")
        assert (done.status, done.refund) == (Status.REFUNDED, 5000)
        assert refunded(done, 7980, NOON, "refund") is done
        assert failed(done, "late", NOON, "refund") is done

    def test_a_declined_refund_pays_nothing_back(self) -> None:
        done = failed(self.received, "declined", NOON, "refund")
        assert (done.status, done.refund, done.reason) == (Status.FAILED, 0, "declined")
        assert refunded(done, 7980, NOON, "refund") is done

    def test_no_refund_before_goods(self) -> None:
        with pytest.raises(IllegalMove):
            refunded(a_return(Status.APPROVED), 1, NOON, "refund")

    def test_a_wait_expires_only_in_its_own_status(self) -> None:
        assert expire(a_return(Status.REQUESTED), Status.REQUESTED, NOON, "timeout").status is Status.EXPIRED
        for status in set(Status) - {Status.REQUESTED}:
            kept = a_return(status)
            assert expire(kept, Status.REQUESTED, NOON, "timeout") is kept


@pytest.mark.parametrize("status", Status)
def test_what_a_return_holds(status: Status) -> None:
    holds = {
        Status.REQUESTED: {"kettle": 2},
        Status.APPROVED: {"kettle": 2},
        Status.RECEIVED: {"kettle": 1},
        Status.REFUNDED: {"kettle": 1},
        Status.FAILED: {"kettle": 1},
    }
    assert held_by(a_return(status, Line("kettle", 2, 3990, received=1))) == holds.get(status, {})


def test_the_hash_of_a_request_tells_other_content() -> None:
    same, other = request(), request(RequestedLine("kettle", 1, "it leaks"))
    assert same.content_hash == request().content_hash != other.content_hash
    assert request(order_id="order-2").content_hash != same.content_hash
    assert request(RequestedLine("kettle", 2, "wrong colour")).content_hash != same.content_hash
