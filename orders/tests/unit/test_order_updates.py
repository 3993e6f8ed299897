"""Events and the order after them: each is applied once, in any order, by the table of legal transitions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom.events import IncomingEvent
from orders.tests.builders import LATER, event, item, kettle, lines, manual_item, manual_order, mug, order
from orders_service.domain import (
    PAYMENT_TRANSITIONS,
    TRANSITIONS,
    Line,
    Order,
    PaymentStatus,
    Status,
    cancel,
    payment_transition,
    total_of,
)
from orders_service.errors import ImpossiblePackage, StaleEvent, TooLate, UnreadableOrder
from orders_service.order_updates import UPDATES
from orders_service.rows import order_from_item

Event = IncomingEvent[Any]


def package(**quantities: int) -> Event:
    products = [{"productId": name, "quantity": quantity} for name, quantity in quantities.items()]
    return event("PackageCreated", products=products)


ALL_PACKED, PART_PACKED = package(kettle=2, mug=4), package(kettle=1, mug=0)
SHIPMENT: dict[str, Any] = {"carrier": "PostNord", "trackingNumber": "A-1"}
STARTED, COMPLETED, FAILED = event("DeliveryStarted", **SHIPMENT), event("DeliveryCompleted"), event("DeliveryFailed")
CAPTURED, VOIDED, DECLINED = event("PaymentCaptured", amount=1), event("PaymentVoided"), event("PaymentFailed")
NOT_PACKED, CANCELLED = event("PackagingFailed"), event("PackagingCancelled")
PART_REFUNDED = [event("PaymentRefunded", number, amount=1000) for number in (1, 2)]
ALL_REFUNDED = event("PaymentRefunded", 3, amount=11940)

# The events of one order, and the statuses at the end.
JOURNEYS: list[tuple[str, Sequence[Event], str, str]] = [
    ("delivered", [ALL_PACKED, STARTED, COMPLETED, CAPTURED], "FULFILLED", "CAPTURED"),
    ("delivered in part", [PART_PACKED, STARTED, COMPLETED, CAPTURED], "FULFILLED", "CAPTURED"),
    ("delivery failed", [ALL_PACKED, STARTED, FAILED, VOIDED], "DELIVERY_FAILED", "VOIDED"),
    ("delivery never started", [PART_PACKED, FAILED, VOIDED], "DELIVERY_FAILED", "VOIDED"),
    ("nothing to pack", [NOT_PACKED, VOIDED], "PACKAGING_FAILED", "VOIDED"),
    ("cancelled", [CANCELLED, VOIDED], "CANCELLED", "VOIDED"),
    ("capture declined", [ALL_PACKED, STARTED, COMPLETED, DECLINED], "FULFILLED", "FAILED"),
    ("refunded in part", [ALL_PACKED, COMPLETED, CAPTURED, *PART_REFUNDED], "FULFILLED", "PARTIALLY_REFUNDED"),
    ("refunded", [ALL_PACKED, COMPLETED, CAPTURED, *PART_REFUNDED, ALL_REFUNDED], "FULFILLED", "REFUNDED"),
    (
        "packed in part and refunded",
        [PART_PACKED, CAPTURED, event("PaymentRefunded", amount=3990)],
        "PACKAGED",
        "REFUNDED",
    ),
]


def after(order: Order, event: Event) -> Order:
    return UPDATES[event.detail_type](order, event, LATER)


def after_all(order: Order, events: Sequence[Event], check: Callable[[Order, Order], None] | None = None) -> Order:
    """The order after the events, as the handler applies them."""
    for each in events:
        before = order
        try:
            order = after(before, each)
        except StaleEvent:
            continue
        if check:
            check(before, order)
    return order


def without_history(order: Order) -> Order:
    """The order without its history."""
    return replace(order, history=None)


def is_legal(before: Order, now: Order) -> None:
    pairs: list[tuple[str, str, Mapping[str, frozenset[Any]]]] = [
        (before.current_status, now.current_status, TRANSITIONS),
        (before.current_payment_status, now.current_payment_status, PAYMENT_TRANSITIONS),
    ]
    for old, new, transitions in pairs:
        assert old == new or new in transitions[old], f"{old} -> {new}"
    assert now.total == total_of(now.lines or (), now.delivery_price or 0)
    assert all(line.units >= 1 for line in now.lines or ())
    if now is not before:
        assert now != before, "an equal order was returned as a change"


@pytest.mark.parametrize(("name", "events", "status", "payment"), JOURNEYS)
def test_a_journey_ends_in_its_status(name: str, events: Sequence[Event], status: str, payment: str) -> None:
    end = after_all(order(), events, is_legal)
    assert (end.status, end.payment_status) == (status, payment)
    assert end.history
    assert (end.history[-1].status, end.history[0].cause) == (status, "createOrder")


@settings(deadline=None)  # a busy machine is no failure
@given(st.data())
def test_any_order_and_any_repetition_ends_in_the_same_state(data: st.DataObject) -> None:
    """E2, E3. Every transition is legal (O1) and every total correct (M4)."""
    start = data.draw(st.sampled_from([order(), manual_order(), order(deliveryPrice=500, total=12440)]))
    _, events, _, _ = data.draw(st.sampled_from(JOURNEYS))
    repeated = data.draw(st.lists(st.sampled_from(list(events)), max_size=8))
    shuffled = data.draw(st.permutations([*events, *repeated]))
    end = after_all(start, shuffled, is_legal)
    assert without_history(end) == without_history(after_all(start, events))


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from([each for _, events, _, _ in JOURNEYS for each in events])))
def test_contradicting_events_cause_legal_transitions_only(events: list[Event]) -> None:
    try:
        end = after_all(order(), events, is_legal)
    except ImpossiblePackage:
        return
    assert end.history
    causes = [entry.cause for entry in end.history]
    assert len(causes) == len(set(causes))
    assert end.history[-1].status == end.status


@pytest.mark.parametrize(("name", "events", "status", "payment"), JOURNEYS)
def test_repeating_a_finished_journey_changes_nothing(
    name: str, events: Sequence[Event], status: str, payment: str
) -> None:
    end = after_all(order(), events)
    assert after_all(end, [*events, *reversed(events)] * 5) is end


class TestPackages:
    def test_lines_keep_name_and_price_and_get_their_packaged_quantity(self) -> None:
        packed = after(order(), PART_PACKED)
        assert packed.lines == lines(kettle(quantity=1))
        assert (packed.total, packed.delivery_price, packed.status) == (3990, 0, "PACKAGED")
        assert packed.packaged_date == "2026-03-01T13:00:00.000Z"

    def test_a_product_that_the_package_does_not_name_is_not_in_it(self) -> None:
        assert after(order(), package(mug=4)).lines == lines(mug())

    @pytest.mark.parametrize("status", ["SHIPPED", "FULFILLED", "DELIVERY_FAILED"])
    def test_a_late_package_changes_lines_total_and_date_only(self, status: str) -> None:
        late = order(status=status)
        packed = after(late, PART_PACKED)
        date = "2026-03-01T13:00:00.000Z"
        expected = replace(late, lines=packed.lines, total=3990, packaged_date=date, modified_date=date)
        assert packed == expected
        assert packed.lines != late.lines

    @pytest.mark.parametrize("status", ["CANCELLED", "PACKAGING_FAILED"])
    def test_an_order_that_is_never_packaged_does_not_change(self, status: str) -> None:
        with pytest.raises(StaleEvent):
            after(order(status=status), ALL_PACKED)

    @pytest.mark.parametrize(
        "wrong", [package(kettle=3), package(kettle=2, teapot=1), package(), package(kettle=0, mug=0)]
    )
    @pytest.mark.parametrize("status", ["NEW", "FULFILLED", "CANCELLED"])
    def test_an_impossible_package_is_poison(self, status: str, wrong: Event) -> None:
        with pytest.raises(ImpossiblePackage):
            after(order(status=status), wrong)

    def test_lines_are_final(self) -> None:
        packed = after(order(), PART_PACKED)
        assert after(packed, package(kettle=1)) is packed
        with pytest.raises(ImpossiblePackage):
            after(packed, ALL_PACKED)
        with pytest.raises(StaleEvent):
            after(after(order(), ALL_PACKED), PART_PACKED)

    def test_packaged_units_fill_the_lines_of_a_product_in_order(self) -> None:
        packed = after(manual_order(products=[kettle(quantity=2), kettle(quantity=2)]), package(kettle=3))
        assert [line.quantity for line in packed.lines or ()] == [2, 1]

    def test_a_line_without_quantity_is_one_unit(self) -> None:
        bare = {name: value for name, value in kettle().items() if name != "quantity"}
        packed = after(manual_order(products=[bare]), package(kettle=1))
        assert (packed.lines, packed.total) == (lines(kettle(quantity=1)), 3990)

    def test_lines_without_price_leave_the_total(self) -> None:
        packed = after(manual_order(products=[{"productId": "kettle", "quantity": 2}]), package(kettle=1))
        assert (packed.lines, packed.total, packed.status) == ((Line("kettle", quantity=1),), 11940, "PACKAGED")

    def test_a_line_keeps_its_unknown_fields(self) -> None:
        (line,) = after(manual_order(products=[kettle(gift=True)]), package(kettle=1)).lines or ()
        assert line.unknown == {"gift": True}


class TestRefunds:
    @pytest.mark.parametrize("order_of_arrival", [[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    def test_refunds_show_what_was_paid_back_in_any_order(self, order_of_arrival: list[int]) -> None:
        """All of what was captured is back, although it is less than the total of the order."""
        totals = {1: 1000, 2: 1500, 3: 2000}
        amounts = {1: 1000, 2: 500, 3: 500}
        captured = replace(order(), payment_status=PaymentStatus.CAPTURED)
        for seen, number in enumerate(order_of_arrival, 1):
            refund = event(
                "PaymentRefunded",
                number,
                amount=amounts[number],
                refundId=f"refund-{number}",
                refundedTotal=totals[number],
                captured=2000,
            )
            captured = after(after(captured, refund), refund)
            assert captured.refunded == max(totals[one] for one in order_of_arrival[:seen])
        assert captured.payment_status == "REFUNDED"
        assert captured.refunded == 2000

    def test_a_part_is_partially_refunded(self) -> None:
        refund = event("PaymentRefunded", 1, amount=1, refundedTotal=1, captured=2000)
        part = after(replace(order(), payment_status=PaymentStatus.CAPTURED), refund)
        assert (part.payment_status, part.refunded) == ("PARTIALLY_REFUNDED", 1)

    def test_a_refund_that_is_published_twice_counts_once(self) -> None:
        """The producer's eventId decides: EventBridge gives each delivery an id of its own."""
        first = after(order(), event("PaymentRefunded", 1, amount=5970))
        repeat = replace(event("PaymentRefunded", 1, amount=5970), id="another-id-of-eventbridge")
        assert after(first, repeat) is first
        assert first.payment_status == "PARTIALLY_REFUNDED"
        assert first.refunds == {"PaymentRefunded-1": 5970}

    @pytest.mark.parametrize("wrong", ["all", {"e-1": "all"}])
    def test_refunds_that_cannot_be_added_up_are_poison(self, wrong: Any) -> None:
        with pytest.raises(UnreadableOrder):
            after(order(refunds=wrong), ALL_REFUNDED)


class TestDelivery:
    @pytest.mark.parametrize("status", sorted(TRANSITIONS))
    @pytest.mark.parametrize(
        ("each", "to"), [(STARTED, "SHIPPED"), (COMPLETED, "FULFILLED"), (FAILED, "DELIVERY_FAILED")]
    )
    def test_a_delivery_event_changes_new_packaged_and_shipped_orders(self, status: str, each: Event, to: str) -> None:
        start = order(status=status, shipment=SHIPMENT)
        if status == to:
            assert after(start, each) is start
        elif status in ("NEW", "PACKAGED") or (status == "SHIPPED" and to != "SHIPPED"):
            changed = after(start, each)
            assert changed.status == to
            assert changed.history
            entry = changed.history[-1]
            assert (entry.at, entry.status, entry.cause) == ("2026-03-01T13:00:00.000Z", to, each.detail_type)
            assert changed.modified_date == "2026-03-01T13:00:00.000Z"
        else:
            with pytest.raises(StaleEvent):
                after(start, each)


@pytest.mark.parametrize("status", sorted(TRANSITIONS))
def test_only_new_orders_are_cancelled(status: str) -> None:
    start = order(status=status)
    if status == "NEW":
        assert cancel(start, "cancelOrder", LATER).status == "CANCELLED"
    elif status == "CANCELLED":
        assert cancel(start, "cancelOrder", LATER) is start
    else:
        with pytest.raises(TooLate):
            cancel(start, "cancelOrder", LATER)


LEGAL_PAYMENTS = {
    *(("AUTHORISED", to) for to in ("CAPTURED", "VOIDED", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED")),
    *(("CAPTURED", to) for to in ("PARTIALLY_REFUNDED", "REFUNDED")),
    ("PARTIALLY_REFUNDED", "REFUNDED"),
}


@pytest.mark.parametrize(("start", "to"), list(product(PaymentStatus, PaymentStatus)))
def test_each_payment_transition(start: PaymentStatus, to: PaymentStatus) -> None:
    before = order(paymentStatus=str(start))
    if start == to:
        assert payment_transition(before, to, "any") is before
    elif (start, to) in LEGAL_PAYMENTS:
        assert payment_transition(before, to, "any") == order(paymentStatus=str(to))
    else:
        with pytest.raises(StaleEvent):
            payment_transition(before, to, "any")


def test_the_tables_have_every_status() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(PAYMENT_TRANSITIONS) == set(PaymentStatus)
    assert {to for transitions in TRANSITIONS.values() for to in transitions} | {Status.NEW} == set(Status)
    reached = {to for transitions in PAYMENT_TRANSITIONS.values() for to in transitions}
    assert reached | {PaymentStatus.AUTHORISED} == set(PaymentStatus)


@pytest.mark.parametrize("each", [STARTED, ALL_PACKED])
def test_an_order_with_an_unknown_status_has_no_transitions(each: Event) -> None:
    unknown = order(status="RETURNED")
    if each is STARTED:
        with pytest.raises(StaleEvent):
            after(unknown, each)
    else:
        assert after(unknown, each).status == "RETURNED"


@pytest.mark.parametrize("each", [ALL_PACKED, STARTED, CAPTURED, PART_REFUNDED[0]])
def test_an_event_with_an_earlier_time_does_not_make_the_order_older(each: Event) -> None:
    ahead = order(modifiedDate="2026-03-01T13:00:00.001Z")
    assert after(ahead, each).modified_date == "2026-03-01T13:00:00.001Z"
    assert after(order(modifiedDate="yesterday"), each).modified_date == "2026-03-01T13:00:00.000Z"


def test_an_order_that_has_only_its_keys_is_new() -> None:
    bare = {name: manual_item()[name] for name in ("orderId", "userId", "createdDate")}
    end = after(after(order_from_item(bare), COMPLETED), CAPTURED)
    assert (end.status, end.payment_status) == ("FULFILLED", "CAPTURED")


def test_an_update_keeps_unknown_attributes() -> None:
    assert after(order_from_item(item(note="fragile")), COMPLETED).unknown == {"note": "fragile"}


class TestShipment:
    def test_the_start_of_the_delivery_names_it(self) -> None:
        shipped = after(order(), STARTED)
        assert (shipped.status, shipped.shipment) == ("SHIPPED", SHIPMENT)
        assert after(shipped, STARTED) is shipped

    @pytest.mark.parametrize("end", [COMPLETED, FAILED])
    def test_a_start_that_the_end_overtook_adds_the_shipment_alone(self, end: Event) -> None:
        ended = after(order(), end)
        late = after(ended, STARTED)
        assert late == replace(ended, shipment=SHIPMENT, modified_date=late.modified_date)
        with pytest.raises(StaleEvent):
            after(late, STARTED)

    def test_an_order_keeps_its_first_shipment(self) -> None:
        shipped = after(order(), STARTED)
        assert after(shipped, event("DeliveryStarted", 2, carrier="GLS", trackingNumber="2")) is shipped

    @pytest.mark.parametrize("detail", [{}, {"carrier": "GLS"}, {"trackingNumber": "1"}])
    def test_an_older_producer_names_none(self, detail: dict[str, Any]) -> None:
        shipped = after(order(), event("DeliveryStarted", **detail))
        assert (shipped.status, shipped.shipment) == ("SHIPPED", None)

    def test_an_order_that_was_shipped_without_one_gets_it(self) -> None:
        shipped = after(order(), event("DeliveryStarted"))
        assert after(shipped, STARTED).shipment == SHIPMENT

    @pytest.mark.parametrize("end", [CANCELLED, NOT_PACKED])
    def test_an_order_that_is_not_delivered_gets_none(self, end: Event) -> None:
        with pytest.raises(StaleEvent):
            after(after(order(), end), STARTED)
