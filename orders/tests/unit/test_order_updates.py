"""What facts do to an order: once, in any order, along the table of legal moves."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.tests.builders import LATER, by_hand, line, mug, order
from orders_service import domain
from orders_service.domain import MOVES, PAYMENT_MOVES, Order, cancelled, total_of
from orders_service.errors import ImpossiblePackage, StaleFact, TooLate, UnreadableOrder
from orders_service.order_updates import Fact, after


def fact(kind: str, number: int = 1, **detail: Any) -> Fact:
    return Fact(kind, f"{kind}-{number}", {"orderId": "any", **detail})


def package(**quantities: int) -> Fact:
    packed = [{"productId": name, "quantity": quantity} for name, quantity in quantities.items()]
    return fact("PackageCreated", products=packed)


WHOLE = package(kettle=2, mug=4)
LESS = package(kettle=1, mug=0)
STARTED, COMPLETED, FAILED = fact("DeliveryStarted"), fact("DeliveryCompleted"), fact("DeliveryFailed")
CAPTURED, VOIDED, DECLINED = fact("PaymentCaptured", amount=1), fact("PaymentVoided"), fact("PaymentFailed")
NOT_PACKED, CALLED_OFF = fact("PackagingFailed"), fact("PackagingCancelled")
PART_BACK = [fact("PaymentRefunded", number, amount=1000) for number in (1, 2)]
ALL_BACK = fact("PaymentRefunded", 3, amount=11940)

# What can happen to one order, whole, and where it ends.
JOURNEYS: list[tuple[str, Sequence[Fact], str, str]] = [
    ("delivered", [WHOLE, STARTED, COMPLETED, CAPTURED], "FULFILLED", "CAPTURED"),
    ("delivered in part", [LESS, STARTED, COMPLETED, CAPTURED], "FULFILLED", "CAPTURED"),
    ("delivery failed", [WHOLE, STARTED, FAILED, VOIDED], "DELIVERY_FAILED", "VOIDED"),
    ("never on its way", [LESS, FAILED, VOIDED], "DELIVERY_FAILED", "VOIDED"),
    ("nothing to pack", [NOT_PACKED, VOIDED], "PACKAGING_FAILED", "VOIDED"),
    ("cancelled", [CALLED_OFF, VOIDED], "CANCELLED", "VOIDED"),
    ("capture declined", [WHOLE, STARTED, COMPLETED, DECLINED], "FULFILLED", "FAILED"),
    ("some money back", [WHOLE, COMPLETED, CAPTURED, *PART_BACK], "FULFILLED", "PARTIALLY_REFUNDED"),
    ("all money back", [WHOLE, COMPLETED, CAPTURED, *PART_BACK, ALL_BACK], "FULFILLED", "REFUNDED"),
    ("part packed, all of that back", [LESS, CAPTURED, fact("PaymentRefunded", amount=3990)], "PACKAGED", "REFUNDED"),
]


def told(start: Order, facts: Sequence[Fact], check: Callable[[Order, Order], None] | None = None) -> Order:
    """The order after the facts, as the handler takes them."""
    now = start
    for each in facts:
        before = now
        try:
            now = after(before, each, LATER)
        except StaleFact:
            continue
        if check:
            check(before, now)
    return now


def state(of: Order) -> dict[str, Any]:
    """What the order is, whenever and along whichever way it came there."""
    return {key: value for key, value in of.items() if key != "history"}


def is_legal(before: Order, now: Order) -> None:
    for name, moves, first in (("status", MOVES, "NEW"), ("paymentStatus", PAYMENT_MOVES, "AUTHORISED")):
        was, is_ = before.get(name, first), now.get(name, first)
        assert was == is_ or is_ in moves[was], f"{was} -> {is_}"
    assert now["total"] == total_of(now["products"], now["deliveryPrice"])
    assert all(each["quantity"] >= 1 for each in now["products"])
    if now is not before:
        assert now != before, "a write that changes nothing"


@pytest.mark.parametrize(("name", "facts", "status", "payment"), JOURNEYS)
def test_a_journey_ends_where_it_should(name: str, facts: Sequence[Fact], status: str, payment: str) -> None:
    end = told(order(), facts, is_legal)
    assert (end["status"], end["paymentStatus"]) == (status, payment)
    assert end["history"][-1]["status"] == status
    assert end["history"][0]["cause"] == "createOrder"


@given(st.data())
def test_any_order_and_any_repetition_ends_in_the_same_state(data: st.DataObject) -> None:
    """E2, E3: and on the way only legal moves (O1) and right totals (M4)."""
    start = data.draw(st.sampled_from([order(), by_hand(), order(deliveryPrice=500, total=12440)]))
    _, facts, _, _ = data.draw(st.sampled_from(JOURNEYS))
    repeated = data.draw(st.lists(st.sampled_from(list(facts)), max_size=8))
    shuffled = data.draw(st.permutations([*facts, *repeated]))
    assert state(told(start, shuffled, is_legal)) == state(told(start, facts))


@given(st.lists(st.sampled_from([each for _, facts, _, _ in JOURNEYS for each in facts])))
def test_even_facts_that_contradict_each_other_make_only_legal_moves(facts: list[Fact]) -> None:
    try:
        end = told(order(), facts, is_legal)
    except ImpossiblePackage:
        return
    causes = [move["cause"] for move in end["history"]]
    assert len(causes) == len(set(causes))
    assert end["history"][-1]["status"] == end["status"]


@pytest.mark.parametrize(("name", "facts", "status", "payment"), JOURNEYS)
def test_a_finished_journey_sent_again_is_no_news(name: str, facts: Sequence[Fact], status: str, payment: str) -> None:
    end = told(order(), facts)
    assert told(end, [*facts, *reversed(facts)] * 5) is end


class TestPackages:
    def test_lines_keep_name_and_price_and_get_their_packaged_quantity(self) -> None:
        packed = after(order(), LESS, LATER)
        assert packed["products"] == [line(quantity=1)]
        assert (packed["total"], packed["deliveryPrice"], packed["status"]) == (3990, 0, "PACKAGED")
        assert packed["packagedDate"] == "2026-03-01T13:00:00.000Z"

    def test_what_the_package_does_not_name_is_not_in_it(self) -> None:
        assert after(order(), package(mug=4), LATER)["products"] == [mug()]

    @pytest.mark.parametrize("status", ["SHIPPED", "FULFILLED", "DELIVERY_FAILED"])
    def test_a_late_package_changes_lines_total_and_date_only(self, status: str) -> None:
        late = order(status=status)
        packed = after(late, LESS, LATER)
        different = {key for key in packed if packed[key] != late.get(key)}
        assert different == {"products", "total", "packagedDate", "modifiedDate"}

    @pytest.mark.parametrize("status", ["CANCELLED", "PACKAGING_FAILED"])
    def test_what_was_never_packaged_stays_so(self, status: str) -> None:
        with pytest.raises(StaleFact):
            after(order(status=status), WHOLE, LATER)

    @pytest.mark.parametrize(
        "wrong", [package(kettle=3), package(kettle=2, teapot=1), package(), package(kettle=0, mug=0)]
    )
    @pytest.mark.parametrize("status", ["NEW", "FULFILLED", "CANCELLED"])
    def test_what_cannot_be_of_this_order_is_poison(self, status: str, wrong: Fact) -> None:
        with pytest.raises(ImpossiblePackage):
            after(order(status=status), wrong, LATER)

    def test_lines_are_final(self) -> None:
        packed = after(order(), LESS, LATER)
        assert after(packed, package(kettle=1), LATER) is packed
        with pytest.raises(ImpossiblePackage):
            after(packed, WHOLE, LATER)
        whole = after(order(), WHOLE, LATER)
        with pytest.raises(StaleFact):
            after(whole, LESS, LATER)

    def test_two_lines_of_one_product_put_by_hand_are_filled_in_turn(self) -> None:
        packed = after(by_hand(products=[line(quantity=2), line(quantity=2)]), package(kettle=3), LATER)
        assert [each["quantity"] for each in packed["products"]] == [2, 1]

    def test_a_line_put_by_hand_without_quantity_is_one_unit(self) -> None:
        bare = {key: value for key, value in line().items() if key != "quantity"}
        packed = after(by_hand(products=[bare]), package(kettle=1), LATER)
        assert (packed["products"], packed["total"]) == ([line(quantity=1)], 3990)

    def test_lines_put_by_hand_without_price_leave_the_total(self) -> None:
        packed = after(by_hand(products=[{"productId": "kettle", "quantity": 2}]), package(kettle=1), LATER)
        assert (packed["total"], packed["status"]) == (11940, "PACKAGED")


@pytest.mark.parametrize("status", sorted(MOVES))
@pytest.mark.parametrize(
    ("each", "to"),
    [(STARTED, "SHIPPED"), (COMPLETED, "FULFILLED"), (FAILED, "DELIVERY_FAILED")],
)
def test_a_delivery_moves_any_order_that_is_under_way(status: str, each: Fact, to: str) -> None:
    start = order(status=status)
    if status == to:
        assert after(start, each, LATER) is start
    elif status in ("NEW", "PACKAGED") or (status == "SHIPPED" and to != "SHIPPED"):
        moved = after(start, each, LATER)
        assert moved["status"] == to
        assert moved["history"][-1] == {"at": "2026-03-01T13:00:00.000Z", "status": to, "cause": each.kind}
        assert moved["modifiedDate"] == "2026-03-01T13:00:00.000Z"
    else:
        with pytest.raises(StaleFact):
            after(start, each, LATER)


@pytest.mark.parametrize("status", sorted(MOVES))
def test_cancelling_is_for_new_orders(status: str) -> None:
    start = order(status=status)
    if status == "NEW":
        assert cancelled(start, "cancelOrder", LATER)["status"] == "CANCELLED"
    elif status == "CANCELLED":
        assert cancelled(start, "cancelOrder", LATER) is start
    else:
        with pytest.raises(TooLate):
            cancelled(start, "cancelOrder", LATER)


def test_no_status_is_left_out_of_the_table() -> None:
    assert {move for moves in MOVES.values() for move in moves} | {domain.NEW} == set(MOVES)
    assert {move for moves in PAYMENT_MOVES.values() for move in moves} | {domain.AUTHORISED} == set(PAYMENT_MOVES)


@pytest.mark.parametrize(
    "odd", [{"products": "kettle"}, {"products": [line(quantity="2")]}, {"total": "1"}, {"status": 7}, {"history": 1}]
)
def test_what_is_no_order_is_poison(odd: dict[str, Any]) -> None:
    with pytest.raises(UnreadableOrder):
        after(by_hand(**odd), COMPLETED, LATER)


@pytest.mark.parametrize("each", [WHOLE, STARTED, CAPTURED, PART_BACK[0]])
def test_a_container_whose_clock_is_slow_makes_no_order_older(each: Fact) -> None:
    ahead = order(modifiedDate="2026-03-01T13:00:00.001Z")
    assert after(ahead, each, LATER)["modifiedDate"] == "2026-03-01T13:00:00.001Z"
    assert after(order(modifiedDate="yesterday"), each, LATER)["modifiedDate"] == "2026-03-01T13:00:00.000Z"


def test_an_order_put_by_hand_with_its_keys_alone_is_new() -> None:
    bare = {name: by_hand()[name] for name in ("orderId", "userId", "createdDate")}
    moved = after(after(bare, COMPLETED, LATER), CAPTURED, LATER)
    assert (moved["status"], moved["paymentStatus"]) == ("FULFILLED", "CAPTURED")
