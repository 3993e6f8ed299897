"""The transitions of an order's request, and how each changes the stock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecom.errors import InvalidInput, NotFound
from warehouse.tests.builders import LIFETIME, NOON, held
from warehouse_service import domain
from warehouse_service.domain import AT_WORK, Line, Request, Status
from warehouse_service.errors import AttemptAtWork, IllegalTransition, PackagingStarted, Shortage
from warehouse_service.stock import StockChange
from warehouse_service.stock_effects import shortages, stock_changes

LATER = NOON + timedelta(minutes=1)
PLENTY = {"kettle": 100, "cup": 100}


def request(status: Status, packaged: int = 2, *, delivery_failed: bool = False) -> Request:
    made = held(kettles=2)
    lines = tuple(replace(line, packaged=packaged) for line in made.lines)
    return replace(made, status=status, lines=lines, delivery_failed=delivery_failed)


ALL = [request(status) for status in Status]


def others(*statuses: Status) -> list[Request]:
    return [each for each in ALL if each.status not in statuses]


class TestReserve:
    def test_a_new_reservation_reserves_stock_until_it_is_due(self) -> None:
        made = held(kettles=2)
        assert (made.status, made.expires_at, made.since) == (Status.HELD, NOON + LIFETIME, NOON + LIFETIME)
        assert made.lines == (Line("kettle", 2, 2, tracked=True),)
        assert stock_changes(None, made) == {"kettle": StockChange(-2, 2)}

    def test_an_untracked_product_changes_no_stock(self) -> None:
        made = domain.reserve(None, "order-1", {"kettle": 2}, {"kettle": None}, NOON, LIFETIME)
        assert made.lines == (Line("kettle", 2, 2, tracked=False),)
        assert stock_changes(None, made) == {}

    def test_a_repeat_changes_nothing_or_renews_in_the_second_half(self) -> None:
        made = held(kettles=2)
        wanted = {"kettle": 2}
        assert domain.reserve(made, "order-1", wanted, PLENTY, NOON + LIFETIME / 3, LIFETIME) is made
        half = NOON + LIFETIME / 2
        renewed = domain.reserve(made, "order-1", wanted, PLENTY, half, LIFETIME)
        assert (renewed.expires_at, renewed.lines, stock_changes(made, renewed)) == (half + LIFETIME, made.lines, {})

    def test_other_lines_change_stock_by_the_difference(self) -> None:
        made = held(kettles=2)
        changed = domain.reserve(made, "order-1", {"kettle": 3, "cup": 1}, PLENTY, LATER, LIFETIME)
        assert stock_changes(made, changed) == {"kettle": StockChange(-1, 1), "cup": StockChange(-1, 1)}
        assert stock_changes(changed, domain.reserve(changed, "order-1", {"cup": 1}, PLENTY, LATER, LIFETIME)) == {
            "kettle": StockChange(3, -3)
        }

    def test_other_lines_wait_while_another_attempt_may_be_at_work(self) -> None:
        first = domain.reserve(None, "order-1", {"kettle": 2}, PLENTY, NOON, LIFETIME, "first")
        soon = NOON + AT_WORK - timedelta(seconds=1)
        with pytest.raises(AttemptAtWork):
            domain.reserve(first, "order-1", {"kettle": 1}, PLENTY, soon, LIFETIME, "second")
        # The same lines, the same attempt, and a later one are no danger to the order that the first one creates.
        assert domain.reserve(first, "order-1", {"kettle": 2}, PLENTY, soon, LIFETIME, "second").attempt == "second"
        assert domain.reserve(first, "order-1", {"kettle": 1}, PLENTY, soon, LIFETIME, "first").lines[0].quantity == 1
        later = domain.reserve(first, "order-1", {"kettle": 1}, PLENTY, NOON + AT_WORK, LIFETIME, "second")
        assert (later.attempt, later.lines[0].quantity) == ("second", 1)

    def test_an_unchanged_line_stays_tracked_or_untracked(self) -> None:
        made = domain.reserve(None, "order-1", {"kettle": 2, "cup": 1}, {"kettle": None, "cup": 9}, NOON, LIFETIME)
        now_tracked = {"kettle": 5, "cup": None, "pot": 3}
        wanted = {"kettle": 2, "cup": 1, "pot": 1}
        changed = domain.reserve(made, "order-1", wanted, now_tracked, LATER, LIFETIME)
        assert {line.product_id: line.tracked for line in changed.lines} == {"kettle": False, "cup": True, "pot": True}
        more = domain.reserve(made, "order-1", {"kettle": 3, "cup": 1}, now_tracked, LATER, LIFETIME)
        assert stock_changes(made, more) == {"kettle": StockChange(-3, 3)}

    def test_a_lapsed_reservation_is_reserved_again(self) -> None:
        lapsed = request(Status.LAPSED)
        again = domain.reserve(lapsed, "order-1", {"kettle": 2}, PLENTY, LATER, LIFETIME)
        assert (again.status, stock_changes(lapsed, again)) == (Status.HELD, {"kettle": StockChange(-2, 2)})

    @pytest.mark.parametrize("owned", others(Status.HELD, Status.LAPSED), ids=lambda each: each.status)
    def test_a_request_that_an_order_owns_or_that_ended_does_not_change(self, owned: Request) -> None:
        assert domain.reserve(owned, "order-1", {"kettle": 9}, PLENTY, LATER, LIFETIME) is owned

    def test_a_shortage_includes_the_orders_own_reservation(self) -> None:
        made = held(kettles=2)
        more = domain.reserve(made, "order-1", {"kettle": 5}, {"kettle": 1}, LATER, LIFETIME)
        assert shortages(made, more, {"kettle": 1}) == [Shortage("kettle", 5, 3)]
        assert shortages(made, more, {"kettle": 3}) == []
        assert shortages(None, held(kettles=9), {"kettle": None}) == []


class TestLapse:
    def test_a_due_reservation_frees_its_stock_and_not_before(self) -> None:
        made = held(kettles=2)
        assert domain.lapse(made, NOON + LIFETIME - timedelta(milliseconds=1)) is made
        lapsed = domain.lapse(made, NOON + LIFETIME)
        assert lapsed
        assert (lapsed.status, stock_changes(made, lapsed)) == (Status.LAPSED, {"kettle": StockChange(2, -2)})

    @pytest.mark.parametrize("other", [None, *others(Status.HELD)])
    def test_no_other_request_lapses(self, other: Request | None) -> None:
        assert domain.lapse(other, NOON + timedelta(days=365)) is other


class TestEvents:
    @pytest.mark.parametrize("status", [Status.HELD, Status.LAPSED])
    def test_a_reservation_becomes_the_orders_request(self, status: Status) -> None:
        old = request(status)
        new = domain.accept(old, "order-1", {"kettle": 2}, PLENTY, LATER, sequence=1)
        assert (new.status, new.since, new.sequence) == (Status.NEW, LATER, 1)
        assert stock_changes(old, new) == ({} if status is Status.HELD else {"kettle": StockChange(-2, 2)})
        assert domain.event_name(old, new) is None

    def test_an_order_without_a_reservation_reserves_stock(self) -> None:
        new = domain.accept(None, "order-1", {"kettle": 2, "cup": 1}, {"kettle": 9, "cup": None}, NOON)
        assert (new.status, stock_changes(None, new)) == (Status.NEW, {"kettle": StockChange(-2, 2)})

    def test_the_orders_lines_replace_the_reserved_ones(self) -> None:
        old = held(kettles=2)
        assert stock_changes(old, domain.accept(old, "order-1", {"kettle": 1}, PLENTY, LATER)) == {
            "kettle": StockChange(1, -1)
        }

    @pytest.mark.parametrize("known", others(Status.HELD, Status.LAPSED), ids=lambda each: each.status)
    def test_a_second_order_created_changes_nothing(self, known: Request) -> None:
        assert domain.accept(known, "order-1", {"kettle": 9}, PLENTY, LATER, 5) is known

    def test_packaging_that_failed_for_lack_of_stock_reserves_nothing(self) -> None:
        refused = domain.fail(None, "order-1", {"kettle": 9}, NOON)
        assert (refused.status, stock_changes(None, refused)) == (Status.FAILED, {})
        assert domain.event_name(None, refused) == "PackagingFailed"
        for old in (request(Status.HELD), request(Status.NEW)):
            assert stock_changes(old, domain.fail(old, "order-1", {"kettle": 9}, NOON)) == {
                "kettle": StockChange(2, -2)
            }
        for old in others(Status.HELD, Status.LAPSED, Status.NEW):
            assert domain.fail(old, "order-1", {"kettle": 9}, NOON) is old

    def test_lines_change_with_the_order_until_packaging_starts(self) -> None:
        old = replace(request(Status.NEW), sequence=2)
        new = domain.change_lines(old, "order-1", {"cup": 1}, PLENTY, LATER, sequence=3)
        assert new
        assert (stock_changes(old, new), new.since, new.sequence) == (
            {"kettle": StockChange(2, -2), "cup": StockChange(-1, 1)},
            old.since,
            3,
        )
        for other in [None, *others(Status.HELD, Status.LAPSED, Status.NEW)]:
            assert domain.change_lines(other, "order-1", {"cup": 1}, PLENTY, LATER, sequence=9) is other

    @pytest.mark.parametrize("sequence", [1, 2])
    def test_an_older_event_of_the_order_is_stale(self, sequence: int) -> None:
        old = replace(request(Status.NEW), sequence=2)
        assert domain.change_lines(old, "order-1", {"cup": 1}, PLENTY, LATER, sequence) is old

    def test_a_change_may_overtake_the_creation(self) -> None:
        early = domain.change_lines(held(kettles=2), "order-1", {"cup": 1}, PLENTY, LATER, sequence=2)
        assert early
        assert early.status is Status.NEW
        assert domain.accept(early, "order-1", {"kettle": 2}, PLENTY, LATER, sequence=1) is early

    @pytest.mark.parametrize("status", [Status.HELD, Status.LAPSED, Status.NEW])
    def test_a_deleted_order_frees_its_stock(self, status: Status) -> None:
        old = request(status)
        new = domain.cancel_deleted(old, LATER)
        assert new
        assert new.status is Status.CANCELLED
        assert stock_changes(old, new) == ({} if status is Status.LAPSED else {"kettle": StockChange(2, -2)})

    @pytest.mark.parametrize("other", [None, *others(Status.HELD, Status.LAPSED, Status.NEW)])
    def test_a_deletion_changes_no_other_request(self, other: Request | None) -> None:
        assert domain.cancel_deleted(other, LATER) is other

    def test_a_failed_delivery_returns_its_units_once(self) -> None:
        old = request(Status.COMPLETED, packaged=1)
        new = domain.return_package(old)
        assert new
        assert stock_changes(old, new) == {"kettle": StockChange(1, 0)}
        assert domain.return_package(new) is new
        assert domain.event_name(old, new) is None

    def test_a_delivery_that_failed_before_packaging_completed_has_the_same_result(self) -> None:
        early = domain.return_package(request(Status.IN_PROGRESS, packaged=1))
        late = domain.return_package(domain.complete(request(Status.IN_PROGRESS, packaged=1), "order-1", LATER))
        assert domain.complete(early, "order-1", LATER) == late
        assert stock_changes(request(Status.IN_PROGRESS), domain.complete(early, "order-1", LATER)) == {
            "kettle": StockChange(2, -2)
        }

    @pytest.mark.parametrize("other", [None, request(Status.FAILED), request(Status.CANCELLED)])
    def test_packaging_that_ended_without_a_package_returns_nothing(self, other: Request | None) -> None:
        assert domain.return_package(other) is other


class TestCancel:
    def test_a_cancellation_in_time_frees_the_stock_and_publishes(self) -> None:
        for status in (Status.HELD, Status.NEW):
            old = request(status)
            new = domain.cancel(old, "order-1", LATER)
            assert (new.status, stock_changes(old, new)) == (Status.CANCELLED, {"kettle": StockChange(2, -2)})
            assert domain.event_name(old, new) == "PackagingCancelled"
            assert domain.cancel(new, "order-1", LATER) is new

    def test_an_order_created_after_its_cancellation_reserves_nothing(self) -> None:
        tombstone = domain.cancel(None, "order-1", NOON)
        assert domain.event_name(None, tombstone) == "PackagingCancelled"
        late = domain.accept(tombstone, "order-1", {"kettle": 2}, PLENTY, LATER)
        assert (late.status, stock_changes(tombstone, late), stock_changes(None, late)) == (Status.CANCELLED, {}, {})

    def test_the_cancellation_is_published_again_once_when_the_order_arrives(self) -> None:
        tombstone = domain.cancel(None, "order-1", NOON)
        late = domain.accept(tombstone, "order-1", {"kettle": 2}, PLENTY, LATER)
        assert domain.event_name(tombstone, late) == "PackagingCancelled"
        assert domain.accept(late, "order-1", {"kettle": 2}, PLENTY, LATER) is late
        assert domain.event_name(late, replace(late, sequence=7)) is None
        assert domain.cancel(late, "order-1", LATER) is late
        assert domain.accept(tombstone, "order-1", {}, PLENTY, LATER) is tombstone

    @pytest.mark.parametrize("late", [request(s) for s in (Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED)])
    def test_a_cancellation_after_packaging_started_is_refused(self, late: Request) -> None:
        with pytest.raises(PackagingStarted):
            domain.cancel(late, "order-1", LATER)


class TestStaff:
    def test_start_changes_the_status_only(self) -> None:
        old = request(Status.NEW)
        new = domain.start(old, "order-1", LATER)
        assert (new.status, stock_changes(old, new)) == (Status.IN_PROGRESS, {})

    @pytest.mark.parametrize("unseen", [None, request(Status.HELD), request(Status.LAPSED)])
    def test_staff_do_not_see_a_reservation(self, unseen: Request | None) -> None:
        with pytest.raises(NotFound):
            domain.start(unseen, "order-1", LATER)
        with pytest.raises(NotFound):
            domain.pack(unseen, "order-1", "kettle", 1)
        with pytest.raises(NotFound):
            domain.complete(unseen, "order-1", LATER)

    @pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED, Status.CANCELLED])
    def test_only_a_new_request_can_be_started(self, status: Status) -> None:
        with pytest.raises(IllegalTransition):
            domain.start(request(status), "order-1", LATER)

    @pytest.mark.parametrize("status", [Status.NEW, Status.COMPLETED, Status.FAILED, Status.CANCELLED])
    def test_only_a_started_request_can_be_changed_or_completed(self, status: Status) -> None:
        with pytest.raises(IllegalTransition):
            domain.complete(request(status), "order-1", LATER)
        with pytest.raises(IllegalTransition):
            domain.pack(request(status), "order-1", "kettle", 1)

    def test_the_package_can_have_fewer_units_and_then_more_again(self) -> None:
        old = request(Status.IN_PROGRESS)
        fewer = domain.pack(old, "order-1", "kettle", 0)
        assert fewer.lines == (Line("kettle", 2, 0, tracked=True),)
        assert domain.pack(fewer, "order-1", "kettle", 2) == old
        assert domain.pack(old, "order-1", "kettle", 2) is old
        assert stock_changes(old, fewer) == {}

    @pytest.mark.parametrize("quantity", [-1, 3, 2**31])
    def test_a_quantity_outside_the_order_is_refused(self, quantity: int) -> None:
        with pytest.raises(InvalidInput):
            domain.pack(request(Status.IN_PROGRESS), "order-1", "kettle", quantity)

    def test_a_product_that_was_not_ordered_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            domain.pack(request(Status.IN_PROGRESS), "order-1", "cup", 0)

    def test_packaged_units_leave_and_the_others_become_available(self) -> None:
        old = request(Status.IN_PROGRESS, packaged=1)
        new = domain.complete(old, "order-1", LATER)
        assert (new.status, stock_changes(old, new)) == (Status.COMPLETED, {"kettle": StockChange(1, -2)})
        assert domain.event_name(old, new) == "PackageCreated"

    def test_an_empty_package_has_failed(self) -> None:
        old = request(Status.IN_PROGRESS, packaged=0)
        new = domain.complete(old, "order-1", LATER)
        assert (new.status, stock_changes(old, new)) == (Status.FAILED, {"kettle": StockChange(2, -2)})
        assert domain.event_name(old, new) == "PackagingFailed"
